"""The reading room over real HTTP on loopback: pages of a home, votes and leaving, and what it refuses."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import duckdb
import httpx
import numpy as np
import pytest
import uvicorn
from starlette.testclient import TestClient

from veille.cli import run_command
from veille.digest.values import Telling
from veille.export.values import Record
from veille.home import Home, hold_home, load_config, load_signing_key
from veille.ratings import take_votes
from veille.render.pictures import draw_counts, draw_weeks
from veille.signing import LeaveToken, VoteToken, build_token
from veille.store import open_store
from veille.trends.evidence import EvidenceRow
from veille.trends.phrases import PhraseWeek
from veille.trends.weeks import TopicWeek
from veille.values import (
    Bookmark,
    Course,
    Deadline,
    Details,
    Event,
    Evidence,
    Fetch,
    Item,
    Member,
    Paper,
    Score,
    Story,
)  # fmt: skip
from veille.web import guard
from veille.web.app import build_app
from veille.web.cards import Setting, word_meta
from veille.web.facets import choose, count_facets, narrow
from veille.web.stories import word_membership

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
ORGANISATION = """
organisation: {name: Université Exemple}
topics: [{id: ia, name: IA générative}, {id: droit, name: Droit}]
digests: [{id: hebdo, title: Veille, to: [a@example.org]}]
web: {url: "https://veille.example.org/salle"}
"""
SOURCES = """
sources:
  - {id: presse, kind: rss, url: "https://presse.example/feed"}
  - {id: revue, kind: rss, url: "https://revue.example/feed", section: research}
  - {id: dates, kind: ical, url: "https://dates.example/a.ics", section: events}
"""
DIGEST = "hebdo-2026-W10"
SECRET = "private words of organisation.yaml"


def build_item(source: str, guid: str, title: str, summary: str = "", details: Details = None, url: str = "") -> Item:
    kind = {Paper: "paper", Event: "event", Course: "course"}.get(type(details), "article")
    section = {"paper": "research", "event": "events", "course": "moocs"}.get(kind, "press")
    url = url or f"https://{source}.example/{guid}"
    language = "en" if source == "revue" else "fr"
    return Item(
        source, kind, section, guid, url, url, title, summary, ("Ada Exemple",), language, NOW - timedelta(days=2),
        {"doi": "10.5555/x.1"} if kind == "paper" else {}, details, content_hash=guid, fingerprint=guid,
    )  # fmt: skip


PRESS = build_item("presse", "tuteur", "Un tuteur IA fait progresser les étudiants", "Selon un essai contrôlé.")
PAPER = build_item("revue", "trial", "An AI tutor in statistics: a randomised trial", "We randomised 120 students.",
                   Paper("Journal of Examples", 2026, is_preprint=True))  # fmt: skip
RETRACTED = build_item("revue", "gone", "A paper that was taken back", "", Paper(is_retracted=True))
DUE = Deadline("submission", date(2026, 3, 20))
SALON = build_item("dates", "salon", "Salon de l’apprentissage", "",
                   Event(date(2026, 4, 14), date(2026, 4, 15), "Lyon", "France", deadlines=(DUE,)))  # fmt: skip
PAST = build_item("dates", "past", "Un colloque de l’an dernier", "", Event(date(2025, 4, 14)))
MOOC = build_item("dates", "mooc", "Enseigner avec l’IA", "", Course("FUN", date(2026, 3, 30), None, date(2026, 4, 19)))
HOSTILE = build_item("presse", "evil", "<script>alert(1)</script> \u202eevil", "<img src=x onerror=alert(1)>",
                     url="javascript:alert(1)")  # fmt: skip
ALONE = (RETRACTED, SALON, PAST, MOOC, HOSTILE)
STORY = PRESS.item_id


class Embedder:
    """A model that finds every question alike."""

    model = "hand-written"

    def embed_queries(self, texts: list[str]) -> Any:
        return np.eye(1, 2, dtype=np.float32).repeat(len(texts), axis=0)


def build_home(folder: Path) -> Home:
    """A home in which a few things were collected, and an issue was made."""
    home = Home(folder)
    (folder / "organisation.yaml").write_text(f"# {SECRET}\n{ORGANISATION}", "utf-8")
    (folder / "sources.yaml").write_text(SOURCES, "utf-8")
    config = load_config(home)
    with open_store(home.data) as store:
        store.sync_sources(config.sources, NOW)
        for source in ("presse", "revue", "dates"):
            items = [one for one in (PRESS, PAPER, *ALONE) if one.source_id == source]
            store.save_pages([(source, items, Bookmark(last_success_at=NOW))], NOW)
            store.save_fetch(Fetch(source, NOW, 0.1, "new", 200, 9, 2, 2), Bookmark(last_success_at=NOW))
        broken = Bookmark(first_failure_at=NOW, consecutive_failures=3)
        store.save_fetch(Fetch("dates", NOW, 0.1, "failed", 503, error="https://dates.example answered 503"), broken)
        members = (
            Member(PRESS.item_id, "same", 1.0, ""),
            Member(PAPER.item_id, "about", 1.0, "mentions doi 10.5555/x.1"),
        )
        stories = [Story(STORY, STORY, members)]
        stories += [Story(one.item_id, one.item_id, (Member(one.item_id, "same", 1.0, ""),)) for one in ALONE]
        store.save_stories([one.item_id for one in (PRESS, PAPER, *ALONE)], stories, NOW)
        reasons = ({"kind": "keyword", "terms": ["tuteur IA"]},)
        store.save_scores(
            [Score(one.story_id, "ia", 0.9, True, reasons) for one in stories] + [Score(STORY, "droit", 0.1, False)], ""
        )
        store.save_evidence("1", {PAPER.item_id: ("trial", Evidence("rct", "We randomised 120 students.", 120))})
        weeks = [TopicWeek("ia", week, told, 0, 1, 1.0, 3.5, told) for week, told in (("2026-W08", 2), ("2026-W09", 5))]
        store.save_weeks(None, weeks, [PhraseWeek("tuteur IA", "ia", "2026-W09", 3, 0.5, 3.2)])
        talk, shown = EvidenceRow("ia", "press", 4, 0, None, {}), EvidenceRow("ia", "research", 1, 1, "rct", {"rct": 1})
        store.save_topic_evidence([talk, shown])
        entries = [(1, "topic", "ia", STORY, 0.9, [PRESS.item_id]), (2, "agenda", "ia", SALON.item_id, 0.5, [])]
        path = "reports/2026-W10/hebdo/digest.html"
        store.save_digest(DIGEST, "hebdo", "2026-W10", NOW, path, entries, [])
        store.save_digest("hebdo-2026-W09", "hebdo", "2026-W09", NOW - timedelta(days=7), "reports/2026-W09/no", [], [])
        store.publish()
    issue = home.reports / "2026-W10" / "hebdo"
    issue.mkdir(parents=True)
    (issue / "digest.html").write_text("<p style='color:red'>Issue</p>", "utf-8")
    (issue / "digest.txt").symlink_to(folder / "organisation.yaml")
    return home


@contextmanager
def open_room(home: Home) -> Iterator[httpx.Client]:
    """The site in a thread, and a client that asks it."""
    config = uvicorn.Config(build_app(home, lambda: NOW), port=0, log_config=None, lifespan="off", ws="none")
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return build_home(tmp_path_factory.mktemp("room"))


@pytest.fixture(scope="module")
def shared(shared_home: Home) -> Iterator[httpx.Client]:
    """A room that is only read."""
    with open_room(shared_home) as client:
        yield client


@pytest.fixture
def home(shared_home: Home, tmp_path: Path) -> Home:
    """A copy of the home, to be written to."""
    shutil.copytree(shared_home.path, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


@pytest.fixture
def room(home: Home) -> Iterator[httpx.Client]:
    with open_room(home) as client:
        yield client


def vote_path(home: Home, story_id: str = STORY, topic_id: str = "ia") -> str:
    return "/vote/" + build_token(load_signing_key(home), VoteToken(DIGEST, story_id, topic_id))


def leave_path(home: Home) -> str:
    return "/leave/" + build_token(load_signing_key(home), LeaveToken("hebdo", "a@example.org"))


def said(home: Home) -> list[tuple[str, str, str, str]]:
    with open_store(home.data) as store:
        return [(one.story_id, one.topic_id, one.verdict, one.rater) for one in store.load_ratings()]


def suppressed(home: Home) -> dict[str, str]:
    with open_store(home.data) as store:
        return store.load_suppressed("hebdo")


# --- pages ---------------------------------------------------------------------------------------------------------

PAGES = {
    "/": ("Cette semaine", "Veille, semaine 10", "Un tuteur IA", "Salon de l’apprentissage"),
    "/archive": ("Toutes les éditions", "Veille, semaine 9", "/2026-W10/hebdo/digest.html"),
    "/search": ("Recherche", "Un tuteur IA", "travail de recherche (1)"),
    "/search?q=tuteur": ("Un tuteur IA", "1\u00a0actualité trouvée"),
    "/search?q=tuteur&section=press&year=2026&topic=ia": ("Un tuteur IA", "selected"),
    "/search?q=tuteur&section=regulation": ("Rien n’a été trouvé", "réglementation (0)"),
    f"/story/{STORY}": ("An AI tutor in statistics", "cite doi 10.5555/x.1", "essai contrôlé randomisé", "score 0,9",
                        "mot-clé\u00a0: tuteur IA", "We randomised 120 students.", "Veille, semaine 10"),
    f"/story/{PAPER.item_id}": ("An AI tutor in statistics",),
    "/topics": ("IA générative", "5\u00a0actualités en semaine\u00a09", "Pas encore de semaine entière"),
    "/topic/ia": ("en hausse", "tuteur IA", "<svg", "essai contrôlé randomisé", "An AI tutor in statistics"),
    "/topic/droit": ("Pas encore de semaine entière",),
    "/agenda": ("20\u00a0mars", "Fin des soumissions", "Avril 2026", "Enseigner avec l’IA"),
    "/agenda?all=1": ("Avril 2026",),
    "/sources": ("En échec", "https://dates.example answered 503", "3 échecs de suite"),
}  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_say_what_the_home_knows(shared: httpx.Client, path: str) -> None:
    """Each page is there, in the organisation's language, with one main heading, and says what it is for."""
    answer = shared.get(path)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert '<html lang="fr">' in answer.text
    assert [words for words in PAGES[path] if words not in answer.text] == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_need_nothing_but_this_site(shared: httpx.Client, path: str) -> None:
    """No script, no inline style, no image, nothing from elsewhere, no cookie; links of ours lead up to the root."""
    answer = shared.get(path)
    assert not any(
        mark in answer.text for mark in ("<script", "style=", "<img", "javascript:", 'href="/', "onerror=alert(1)>")
    )
    assert "script-src" not in (policy := answer.headers["Content-Security-Policy"])
    assert {"default-src 'none'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers


def test_what_is_in_another_language_says_so(shared: httpx.Client) -> None:
    """A title in English is marked on a French page."""
    assert '<h3><a href="../story/' in shared.get("/topic/ia").text
    assert 'lang="en">A paper that was taken back' in shared.get("/search?q=paper+taken+back").text


def test_what_only_meaning_found_is_not_counted_as_found(home: Home) -> None:
    """For words that no text has, the page says that these texts are the nearest, and not how many were found."""
    with open_store(home.data) as store:
        hashes = [seen.item.content_hash for seen in store.load_items()]
        store.save_vectors(Embedder.model, hashes, np.eye(len(hashes), 2, dtype=np.float32))
        store.publish()
    app = build_app(home, lambda: NOW)
    app.state.site._embedder = app.state.site.config.embedding, Embedder()
    client = TestClient(app, base_url="http://127.0.0.1")
    near = "Aucun texte ne contient ces mots"
    said = {question: client.get(f"/search?q={question}").text for question in ("zzzzqqq", "tuteur")}
    assert [(near in page, "trouvée" in page) for page in said.values()] == [(True, False), (False, True)]


def test_what_is_over_or_withdrawn_is_not_held_up(shared: httpx.Client) -> None:
    """Past events are not in the agenda, retracted papers not among what was shown."""
    assert "Un colloque de l’an dernier" not in shared.get("/agenda?all=1").text
    topic = shared.get("/topic/ia").text
    papers = topic[topic.index("Travaux, synthèses") : topic.index("Actualités des quatre")]
    assert "A paper that was taken back" not in papers


def test_what_a_source_says_is_never_markup(shared: httpx.Client) -> None:
    """Tags are shown as text, characters that turn the direction are dropped, and only http(s) is a link."""
    page = shared.get(f"/story/{HOSTILE.item_id}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; evil" in page
    assert "javascript" not in page


ODD = (
    "/search?q=%22%27%28%29*AND+OR+NOT%3A--%3B%25_", "/search?q=%00%ff%ed%a0%80", "/search?q=" + "a%20" * 9_000,
    "/search?page=0", "/search?page=-1", "/search?page=99999999", "/search?page=%D9%A3", "/search?year=abcd",
    "/search?year=%C2%B2%C2%B2%C2%B2%C2%B2", "/search?topic=%00&section=%3Cscript%3E&kind=&language=zz",
    "/search?q=a&q=b", "/agenda?all=2",
)  # fmt: skip


@pytest.mark.parametrize("path", ODD)
def test_odd_questions_have_an_answer(shared: httpx.Client, path: str) -> None:
    """Operators, broken text, texts too long and numbers that are none are a search like any other."""
    assert shared.get(path).status_code == 200


UNKNOWN = (
    "/story/unknown", "/story/%00", "/story/%27%20OR%201=1", "/story/" + "x" * 5_000, "/topic/unknown", "/topic/%ff",
    "/nothing", "/reports", "/reports/", "/reports/2026-W10", "/reports/2026-W10/hebdo/", "/docs", "/openapi.json",
)  # fmt: skip


@pytest.mark.parametrize("path", UNKNOWN)
def test_what_is_not_there_is_404(shared: httpx.Client, path: str) -> None:
    """Unknown ids and addresses have a page that says so; folders are not listed."""
    answer = shared.get(path)
    assert answer.status_code == 404
    assert "Il n’y a rien à cette adresse." in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_read_what_was_published_last(room: httpx.Client, home: Home) -> None:
    """What is published while the site runs is seen at the next page, and nothing before."""
    late = build_item("presse", "late", "Une actualité toute neuve")
    with open_store(home.data) as store:
        store.save_pages([("presse", [late], Bookmark())], NOW)
        store.save_stories(
            [late.item_id], [Story(late.item_id, late.item_id, (Member(late.item_id, "same", 1.0, ""),))], NOW
        )
        assert room.get(f"/story/{late.item_id}").status_code == 404
        store.publish()
        assert room.get(f"/story/{late.item_id}").status_code == 200


def test_before_the_first_collection_the_site_says_so(tmp_path: Path) -> None:
    """Without a published database each page that needs it is a 503 in words."""
    (tmp_path / "organisation.yaml").write_text(ORGANISATION, "utf-8")
    (tmp_path / "sources.yaml").write_text(SOURCES, "utf-8")
    with open_room(Home(tmp_path)) as client:
        assert [client.get(path).status_code for path in ("/", "/search?q=a", "/topic/ia", "/style.css")] == [
            503
        ] * 3 + [200]
        assert "La base publiée ne peut pas être lue" in client.get("/").text


def test_what_an_older_version_published_is_no_fault(room: httpx.Client, home: Home) -> None:
    """A page that needs a column which that one did not have says to come back after the next collection."""
    with duckdb.connect(str(home.data / "veille.duckdb")) as older:
        older.execute("CREATE OR REPLACE VIEW topics_weekly AS SELECT topic_id, week, stories FROM kept.topics_weekly")
    answer = room.get("/topic/ia")
    assert (answer.status_code, "Réessayez après la prochaine collecte" in answer.text) == (503, True)
    assert room.get("/agenda").status_code == 200


def test_the_configuration_is_read_again_when_it_changes(room: httpx.Client, home: Home) -> None:
    """A new name of a topic is seen at once; while the file is wrong, what it said before counts."""
    path = home.path / "organisation.yaml"
    for text in (ORGANISATION.replace("IA générative", "IA et formation"), "organisation: ["):
        path.write_text(text, "utf-8")
        stamp = path.stat().st_mtime_ns + 1_000_000
        os.utime(path, ns=(stamp, stamp))
        assert "IA et formation" in room.get("/topics").text


# --- files and hosts -----------------------------------------------------------------------------------------------


def test_an_issue_is_served_as_it_was_mailed(shared: httpx.Client) -> None:
    """With the style that is in it, and still no script."""
    answer = shared.get("/reports/2026-W10/hebdo/digest.html")
    assert answer.status_code == 200
    assert answer.text == "<p style='color:red'>Issue</p>"
    assert "style-src 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


TRAVERSALS = (
    "/reports/../organisation.yaml", "/reports/%2e%2e/organisation.yaml", "/reports/..%2forganisation.yaml",
    "/reports/2026-W10/hebdo/../../../organisation.yaml", "/reports/2026-W10/..%2f../organisation.yaml",
    "/reports/2026-W10/hebdo/%2e%2e%2f%2e%2e%2f%2e%2e%2forganisation.yaml", "/reports//etc/passwd",
    "/reports/2026-W10/hebdo/digest.txt", "/reports/2026-W10/hebdo/digest.html%00.txt",
    "/style.css/../organisation.yaml", "/reports/2026-W10/../../data/signing.key", "/../organisation.yaml",
    "//organisation.yaml",
)  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out_of_the_reports(shared: httpx.Client, shared_home: Home, path: str) -> None:
    """Neither with dots, plain or encoded, nor through a symbolic link."""
    connection = http.client.HTTPConnection(shared.base_url.host, shared.base_url.port or 80)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == 404
    assert SECRET not in body
    assert load_signing_key(shared_home) not in body


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("localhost:8420", 200), ("[::1]:8420", 200), ("veille.example.org", 200),
        ("VEILLE.example.org:443", 200), ("evil.example", 400), ("127.0.0.1.evil.example", 400), ("", 400),
        ("localhost@evil.example", 400), ("localhost:x", 400), ("[::1", 400), ("localhost/evil", 400), ("0.0.0.0", 400),
    ],
)  # fmt: skip
def test_only_its_own_names_are_answered(shared: httpx.Client, host: str, status: int) -> None:
    """A stranger's name that leads to this machine gets nothing of it (DNS rebinding)."""
    answer = shared.get("/topics", headers={"Host": host})
    assert answer.status_code == status
    assert ("IA générative" in answer.text) == (status == 200)


def test_a_site_on_every_address_has_no_name_for_that() -> None:
    """`0.0.0.0` is where it listens, not what it is called."""
    assert guard.find_hosts("https://a.example/b", "0.0.0.0", "Host.example") == {
        "a.example", "host.example", "localhost", "127.0.0.1", "::1"
    }  # fmt: skip


# --- votes ---------------------------------------------------------------------------------------------------------


def test_a_get_of_a_vote_changes_nothing(room: httpx.Client, home: Home) -> None:
    """Mail scanners follow links: what they get is a page with a form, whatever they ask."""
    for answer in (
        room.get(vote_path(home) + "?verdict=useful"),
        room.head(vote_path(home)),
        room.get(vote_path(home)),
    ):
        assert answer.status_code == 200
    page = room.get(vote_path(home) + "?verdict=off-topic").text
    assert '<form method="post">' in page
    assert "Un tuteur IA" in page
    assert "« IA générative »".replace(" ", "\u00a0", 1) in page.replace("IA générative\u00a0»", "IA générative »")
    assert said(home) == []
    assert not (home.data / "votes").exists()


def test_a_post_votes_once(room: httpx.Client, home: Home) -> None:
    """Twice is once; another verdict takes its place; it can be taken back; the published database has it."""
    for _ in range(2):
        answer = room.post(vote_path(home), data={"verdict": "useful"})
        assert answer.status_code == 200
        assert "Merci" in answer.text
    assert said(home) == [(STORY, "ia", "useful", DIGEST)]
    room.post(vote_path(home), data={"verdict": "off-topic"})
    assert said(home) == [(STORY, "ia", "off-topic", DIGEST)]
    room.post(vote_path(home), data={"verdict": "undo"})
    assert said(home) == []


def test_a_vote_waits_while_another_run_holds_the_home(room: httpx.Client, home: Home) -> None:
    """It is queued, the reader is told, and whoever has the home next takes it."""
    with hold_home(home):
        answer = room.post(vote_path(home), data={"verdict": "useful"})
        assert answer.status_code == 200
        assert "Une collecte est en cours" in answer.text
        assert "IA générative" in room.get("/topics").text  # it reads on
    assert said(home) == []
    with open_store(home.data) as store:
        assert take_votes(home, store, load_config(home)) == 1
    assert said(home) == [(STORY, "ia", "useful", DIGEST)]


def test_a_vote_takes_those_with_it_that_waited(room: httpx.Client, home: Home) -> None:
    """The next one that finds the home free empties the queue."""
    with hold_home(home):
        room.post(vote_path(home), data={"verdict": "useful"})
    room.post(vote_path(home, SALON.item_id), data={"verdict": "off-topic"})
    assert {one[0] for one in said(home)} == {STORY, SALON.item_id}
    assert not list((home.data / "votes").glob("*.json"))


@pytest.mark.parametrize("body", [b"", b"verdict=", b"verdict=great", b"\xff\xfe", b"verdict=useful%00", b"a=1&" * 99])
def test_a_vote_without_a_verdict_is_none(room: httpx.Client, home: Home, body: bytes) -> None:
    """What says neither useful nor off topic is refused."""
    answer = room.post(vote_path(home), content=body)
    assert answer.status_code == 400
    assert said(home) == []


def test_a_form_that_is_too_large_is_not_read(room: httpx.Client, home: Home) -> None:
    """A few bytes are enough for a verdict."""
    answer = room.post(vote_path(home), content=b"verdict=useful&x=" + b"x" * 100_000)
    assert answer.status_code == 413
    assert said(home) == []


def test_a_vote_on_what_is_not_followed_any_more_says_so(room: httpx.Client, home: Home) -> None:
    """A story or topic that left is no error of the reader's, and nothing is recorded."""
    for path in (vote_path(home, "feedfacefeedface"), vote_path(home, topic_id="gone")):
        answer = room.post(path, data={"verdict": "useful"})
        assert answer.status_code == 404
        assert "Rien n’a été enregistré" in answer.text
    assert said(home) == []


def test_links_that_were_changed_do_nothing(room: httpx.Client, home: Home) -> None:
    """A wrong token, one that was cut, and one made for the other purpose have a clear page with status 400."""
    vote, leave = vote_path(home).rpartition("/")[2], leave_path(home).rpartition("/")[2]
    stranger = build_token("another key", VoteToken(DIGEST, STORY, "ia"))
    for path in (f"/vote/{vote[:-1]}", f"/vote/x{vote}", f"/vote/{leave}", f"/vote/{stranger}", f"/leave/{vote}",
                 "/vote/x", "/leave/%00%ff"):  # fmt: skip
        for answer in (room.get(path), room.post(path, data={"verdict": "useful"})):
            if path != "/leave/..":  # which a client takes for the root
                assert answer.status_code == 400, path
                assert "Ce lien est incomplet" in answer.text
    assert said(home) == []
    assert suppressed(home) == {}


def test_the_links_of_a_letter_lead_to_pages_in_its_language(room: httpx.Client, home: Home) -> None:
    """The token names the audience; to vote and to leave are asked as that audience's letter is written."""
    file = home.path / "organisation.yaml"
    file.write_text(file.read_text("utf-8").replace("{id: hebdo,", "{id: hebdo, language: en,"), "utf-8")
    pages = [
        room.get(vote_path(home)),
        room.post(vote_path(home), data={"verdict": "useful"}),
        room.get(leave_path(home)),
    ]
    assert [('<html lang="en">' in page.text, page.status_code) for page in pages] == [(True, 200)] * 3
    assert '<html lang="fr">' in room.get("/").text


# --- leaving -------------------------------------------------------------------------------------------------------


def test_a_get_of_the_leave_link_only_asks(room: httpx.Client, home: Home) -> None:
    """It names the letter and the recipient, and has a form."""
    answer = room.get(leave_path(home))
    assert answer.status_code == 200
    assert "a@example.org" in answer.text
    assert '<form method="post">' in answer.text
    assert suppressed(home) == {}


ONE_CLICKS = {
    "urlencoded": ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
    "multipart": ("multipart/form-data; boundary=b",
                  b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'),
    "our form": ("application/x-www-form-urlencoded", b"leave=yes"),
}  # fmt: skip


@pytest.mark.parametrize("how", ONE_CLICKS)
def test_a_post_leaves(room: httpx.Client, home: Home, how: str) -> None:
    """By a mail program's one click (RFC 8058) as by our form, without cookie, redirect or login; twice is once."""
    kind, body = ONE_CLICKS[how]
    for _ in range(2):
        answer = room.post(
            leave_path(home), content=body, headers={"Content-Type": kind, "Origin": "https://mail.example"}
        )
        assert answer.status_code == 200
    assert suppressed(home) == {"a@example.org": "left on 2026-03-03"}


def test_leaving_waits_while_another_run_holds_the_home(room: httpx.Client, home: Home) -> None:
    """It is queued like a vote."""
    with hold_home(home):
        answer = room.post(leave_path(home))
        assert "Une collecte est en cours" in answer.text
    with open_store(home.data) as store:
        take_votes(home, store, load_config(home))
    assert list(suppressed(home)) == ["a@example.org"]


# --- pure pieces ---------------------------------------------------------------------------------------------------

SETTING = Setting("fr", "Exemple", ZoneInfo("Europe/Paris"), NOW, {"ia": "IA"})


def test_pictures_are_whole_svg_with_title_and_words() -> None:
    """They are well-formed, named, described, and escape what they are told."""
    for picture in (
        draw_weeks("w", [0, 3, 1], "A <b> & c", "trois"),
        draw_counts("c", [("<presse>", 3)], 3, "Titre", "presse 3"),
        draw_weeks("e", [], "Rien", "rien"),
        draw_counts("n", [], 0, "Rien", "rien"),
    ):
        svg = ElementTree.fromstring(str(picture.svg))
        named = [svg.find(tag) for tag in ("title", "desc")]
        assert svg.get("aria-labelledby") == " ".join(str(one.get("id")) for one in named if one is not None)
        assert picture.words == getattr(named[1], "text", None)


def test_talk_and_evidence_are_drawn_to_one_scale() -> None:
    """A bar of four is twice one of two, in whichever of the two pictures."""

    def length(value: int) -> float:
        bar = ElementTree.fromstring(str(draw_counts("c", [("x", value)], 4, "t", "w").svg)).find("rect")
        assert bar is not None
        return float(bar.get("width", ""))

    assert length(4) == 2 * length(2)


def build_record(section: str, year: int, *topics: str) -> Record:
    told_at = datetime(year, 5, 1, tzinfo=UTC)
    return Record(
        Telling(f"{section}{year}", "a", "T", "", "fr", told_at, told_at, section), f"{section}{year}", topics
    )


@pytest.mark.parametrize(
    ("details", "meta"),
    [
        (Event(date(2026, 4, 7)), ("a",)),  # its own day stands in its facts
        (Course("FUN", date(2026, 4, 7)), ("a",)),
        (Paper(year=2020), ("a", "2020")),
        (None, ("a", "1er\u00a0janvier\u00a02020")),
    ],
)
def test_a_card_dates_things_as_an_issue_does(details: Details, meta: tuple[str, ...]) -> None:
    """No day of first sight beside an event's own, and no first of January where the year alone is known."""
    told_at = datetime(2020, 1, 1, tzinfo=UTC)
    assert word_meta(Telling("x", "a", "T", "", "fr", told_at, NOW, "press", details=details), SETTING) == meta


def test_facets_count_what_each_choice_would_leave() -> None:
    """A facet is counted under the choices of the others, not under its own; years stand latest first."""
    records = [
        build_record("press", 2025, "ia"),
        build_record("press", 2026, "ia", "droit"),
        build_record("research", 2026),
    ]
    chosen = choose({"section": "press", "year": "26", "kind": ""})
    assert chosen == {"section": "press"}
    assert len(narrow(records, chosen)) == 2
    counted = {one.name: [option.text for option in one.options] for one in count_facets(records, chosen, SETTING)}
    assert counted["section"] == ["presse (2)", "recherche (1)"]
    assert counted["year"] == ["2026 (1)", "2025 (1)"]
    assert counted["topic"] == ["IA (2)", "droit (1)"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", ""), ("same address", "même adresse"), ("doi 10.1/x", "même identifiant, doi 10.1/x"),
        ("same event: a, b", "même fait\u00a0: a, b"), ("translation", "traduction"), ("news", "même texte (news)"),
    ],
)  # fmt: skip
def test_why_an_item_is_in_its_story_is_said_in_words(reason: str, words: str) -> None:
    """What the stories give as reasons is worded; a reason not known here is shown as it is."""
    assert word_membership("same", reason, SETTING) == words


# --- the command, and a browser ------------------------------------------------------------------------------------


def test_the_command_says_where_and_serves_until_it_is_stopped(home: Home) -> None:
    """`veille web` prints its address at once, and needs no lock."""
    command = [sys.executable, "-c", "from veille.cli import main; main()", "--home", str(home.path), "--json", "web",
               "--port", "0"]  # fmt: skip
    with hold_home(home), subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        try:
            assert httpx.get(url + "/topics", trust_env=False).status_code == 200
        finally:
            process.terminate()


def test_an_address_in_use_ends_the_command(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """With exit code 1, and words on what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run_command(["--home", str(home.path), "web", "--port", port]) == 1
    assert "--port names another one" in capsys.readouterr().err


def test_only_loopback_is_for_this_machine_alone() -> None:
    """Listening anywhere else is warned of."""
    assert [
        host for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost") if not guard.is_loopback(host)
    ] == []
    assert [host for host in ("0.0.0.0", "::", "10.0.0.1", "host.example", "") if guard.is_loopback(host)] == []


def test_a_vote_by_hand_in_a_browser(room: httpx.Client, home: Home) -> None:
    """In real Chromium: the link of the mail is opened, *useful* is confirmed, and the vote is in the store."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 320, "height": 640})
        page.goto(f"{room.base_url}{vote_path(home)}?verdict=useful")
        page.get_by_role("button", name="Oui, utile").click()
        page.get_by_role("status").wait_for()
        assert "noté utile" in page.get_by_role("status").inner_text()
        browser.close()
    assert said(home) == [(STORY, "ia", "useful", DIGEST)]
