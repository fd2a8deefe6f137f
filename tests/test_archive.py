"""The list of all issues: complete, self-contained, the same each time, whatever lies in the folder."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import feedparser
import pytest

from tests.test_render import SAMPLE, build
from veille.config import Organisation
from veille.home import Home
from veille.issue import write_archive
from veille.render import render_json
from veille.render.archive import (
    FEED_LENGTH,
    Headline,
    Issued,
    order_issues,
    parse_issued,
    render_archive,
    render_archive_feed,
)
from veille.render.balance import TopicPictures, build_balance, build_line

ORGANISATION = Organisation(name="Université « Exemple » & Cie")
HOSTILE = "</script><script>alert(1)</script> & \u202egauche <img src=x onerror=alert(1)>"


def issued(week: str = "2026-W10", audience: str = "equipe", **changes: object) -> Issued:
    one = Issued(
        digest_id=f"{audience}-{week}",
        audience=audience,
        week=week,
        title="Veille formation",
        language="fr",
        generated_at=datetime(2026, 3, 2, 6, tzinfo=UTC),
        first=date(2026, 2, 23),
        last=date(2026, 3, 2),
        headlines=tuple(Headline(f"Titre {n}", "fr") for n in range(5)),
    )
    return replace(one, **changes)  # type: ignore[arg-type]


class Seen(HTMLParser):
    """What a browser makes of a page: its links, scripts, visible texts and unclosed elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.tags: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "link", "input", "br"):
            self.open.append(tag)
        self.links += [value or "" for name, value in attributes if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        (self.scripts if inside == "script" else self.texts).append(data)


def test_every_issue_is_listed_newest_first() -> None:
    """By week, then by title; the newest week on top also at the turn of a year."""
    given = [issued("2025-W52"), issued("2026-W01", "b", title="Zoom"), issued("2026-W01"), issued("2026-W10")]
    assert [one.digest_id for one in order_issues(given)] == [
        "equipe-2026-W10", "equipe-2026-W01", "b-2026-W01", "equipe-2025-W52",
    ]  # fmt: skip
    links = [link for link in Seen(render_archive(given, ORGANISATION)).links if link.endswith("digest.html")]
    assert links[0] == "2026-W10/equipe/digest.html"
    assert len(links) == 4


def test_the_page_is_self_contained() -> None:
    """Nothing remote, one script, which the page itself vouches for; every title is in it without scripts."""
    html = render_archive([issued()], ORGANISATION)
    page = Seen(html)
    assert page.open == []
    assert not [link for link in page.links if "//" in link]
    (script,) = page.scripts
    assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in html
    assert [f"Titre {n}" for n in range(5)] == [text for text in page.texts if text.startswith("Titre")]


def test_a_title_is_never_markup() -> None:
    """Hostile titles are shown as they are, without what turns the direction."""
    page = Seen(render_archive([issued(title=HOSTILE, headlines=(Headline(HOSTILE, "fr"),))], ORGANISATION))
    assert page.tags.count("script") == 1
    assert "img" not in page.tags


@pytest.mark.parametrize(("language", "words"), [("fr", "Toutes les éditions"), ("en", "All issues")])
def test_the_page_speaks_the_organisations_language(language: str, words: str) -> None:
    """Titles in another language say so."""
    organisation = Organisation.model_validate({"name": "Exemple", "language": language})
    html = render_archive([issued(headlines=(Headline("Ein Titel", "de"),))], organisation)
    assert f"<h1>{words}</h1>" in html
    assert '<li lang="de">Ein Titel</li>' in html
    assert f'<html lang="{language}">' in html


def test_an_archive_without_issues_says_so() -> None:
    """And has no search."""
    page = Seen(render_archive([], ORGANISATION))
    assert "input" not in page.tags
    assert any("Aucune édition" in text for text in page.texts)
    assert not feedparser.parse(render_archive_feed([], ORGANISATION)).bozo


def test_the_feed_has_the_newest_issues() -> None:
    """Each with a stable id, its date, its first titles and a link that is relative to the feed."""
    many = [issued(f"{2020 + n // 50}-W{n % 50 + 1:02d}") for n in range(FEED_LENGTH + 10)]
    feed = feedparser.parse(render_archive_feed(many, ORGANISATION))
    assert not feed.bozo
    assert len(feed.entries) == FEED_LENGTH
    first = feed.entries[0]
    assert (first.link, first.published) == ("2021-W10/equipe/digest.html", "2026-03-02T06:00:00Z")
    assert first.title == "Veille formation, semaine 10"
    assert "Titre 0" in first.summary
    again = feedparser.parse(render_archive_feed(many[-1:], ORGANISATION)).entries[0]
    assert again.id == first.id


def write_issue(home: Path, week: str, audience: str, text: str) -> None:
    folder = home / "reports" / week / audience
    folder.mkdir(parents=True)
    (folder / "digest.json").write_text(text, "utf-8")
    (folder / "digest.html").write_text("<p>Une édition</p>", "utf-8")


def test_what_lies_in_the_folder_is_listed_and_what_is_not_an_issue_is_left_out(tmp_path: Path) -> None:
    """Broken, foreign and half-written folders cost nothing but themselves; written again, the same bytes."""
    text = render_json(build(SAMPLE))
    week = json.loads(text)["week"]
    write_issue(tmp_path, week, "equipe", text)
    write_issue(tmp_path, week, "casse", text[: len(text) // 2])
    write_issue(tmp_path, week, "autre", text)  # the issue of another folder
    write_issue(tmp_path, "2026-W01", "liste", "[1, 2]")
    write_issue(tmp_path, "2026-W01", "profond", "[" * 100_000)
    write_issue(tmp_path, "notes", "equipe", text)
    write_issue(tmp_path, "2026-W02", "equipe", text)
    (tmp_path / "reports" / "README.md").write_text("Un dossier")
    write_archive(Home(tmp_path), ORGANISATION)
    page, feed = ((tmp_path / "reports" / name).read_bytes() for name in ("index.html", "atom.xml"))
    links = [link for link in Seen(page.decode()).links if link.endswith("digest.html")]
    assert links == [f"{week}/equipe/digest.html"]
    assert len(feedparser.parse(feed).entries) == 1
    write_archive(Home(tmp_path), ORGANISATION)
    assert ((tmp_path / "reports" / "index.html").read_bytes(), (tmp_path / "reports" / "atom.xml").read_bytes()) == (
        page,
        feed,
    )


def test_an_issue_is_read_from_its_json() -> None:
    """All its titles in order, with their languages, and its period in its own time zone."""
    digest = build(SAMPLE)
    one = parse_issued(json.loads(render_json(digest)), digest.week, digest.audience)
    assert one is not None
    assert len(one.headlines) == len(digest.entries)
    assert {headline.language for headline in one.headlines} >= {"fr"}
    assert re.sub(r"\s", " ", one.headlines[0].text) == re.sub(r"\s", " ", digest.entries[0].story.lead.title)
    assert (one.last - one.first).days == 7


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "../../etc"}, {"timezone": 3}, {"period": {}}, {"generated_at": "2026-03-02T06:00:00"},
        {"language": "xx"}, {"sections": [{"entries": [{}]}]}, {"sections": None}, {"title": None},
        {"audience": "autre"},
    ],
)  # fmt: skip
def test_an_issue_that_is_not_whole_is_none(change: dict[str, object]) -> None:
    """Whatever is missing or of another type."""
    digest = build(SAMPLE)
    data = json.loads(render_json(digest))
    assert parse_issued(data | change, digest.week, digest.audience) is None


def test_topics_are_drawn_below_the_issues() -> None:
    """A bar a week and talk beside evidence, each with its words; a topic with nothing to draw is left out."""
    weeks = [{"week": f"2026-W{n:02}", "news": n, "baseline": None, "surge": None} for n in (8, 9, 10)]
    held = [
        {"section": "press", "stories_12w": 12, "designs": {}},
        {"section": "research", "stories_12w": 3, "designs": {"rct": 2}},
    ]
    drawn = TopicPictures(build_line("ia", "IA & <formation>", weeks, "fr"), build_balance("ia", held, "fr"))
    empty = TopicPictures(build_line("droit", "Droit", [], "fr"), build_balance("droit", [], "fr"))
    html = render_archive([issued()], ORGANISATION, [drawn, empty])
    assert html.count('<svg role="img"') == 3
    assert "IA &amp; &lt;formation&gt;" in html
    assert "essai contrôlé randomisé" in html
    assert "Droit" not in html
