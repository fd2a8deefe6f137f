"""The sample web, its mail catcher and its home: real HTTP and SMTP on loopback."""

from __future__ import annotations

import json
import smtplib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import feedparser
import httpx
import pytest

from veille.demo.feeds import Feed, build_feed, find_changed_at, find_entries, render_feed
from veille.demo.mailbox import open_mailbox
from veille.demo.routes import load_feeds
from veille.demo.server import DemoWeb, open_demo_web
from veille.demo.weeks import COLLECT_ON, DIGEST_ON, FIRST_DAY, build_steps, save_demo_home
from veille.home import Home, load_config

FEEDS = {feed.name: feed for feed in load_feeds()}
LAST_DAY = COLLECT_ON[-1]


@pytest.fixture(scope="module")
def web() -> Iterator[DemoWeb]:
    with open_demo_web() as web:
        yield web


def get(web: DemoWeb, path: str, day: date, **headers: str) -> httpx.Response:
    web.move_to(day)
    return httpx.get(web.url + path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def read_titles(body: bytes, content_type: str) -> list[str]:
    """What feedparser, or json, finds in an answer."""
    if "json" in content_type:
        return [item["title"] for item in json.loads(body)["items"]]
    parsed = feedparser.parse(body, response_headers={"content-type": content_type}, sanitize_html=False)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [entry.title for entry in parsed.entries]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_every_feed_reads_well_on_every_day(feed: Feed) -> None:
    """Each feed is well formed on each collected day, and says exactly what it holds that day."""
    for day in COLLECT_ON:
        content_type, body = render_feed(feed, day)
        found = read_titles(body, f"{content_type}; charset={feed.encoding}")
        assert found == [entry.title for entry in find_entries(feed, day)]


def test_a_feed_grows_from_week_to_week(web: DemoWeb) -> None:
    """Moving the day changes what the same address answers."""
    answers = [get(web, "/campus-demain/feed.xml", day) for day in DIGEST_ON]
    sizes = [len(read_titles(answer.content, answer.headers["content-type"])) for answer in answers]
    assert sizes == [len(find_entries(FEEDS["campus-demain"], day)) for day in DIGEST_ON]
    assert sizes == sorted(set(sizes))


def test_each_week_brings_news_in_both_languages() -> None:
    """No week of the demo is empty: every one has at least 15 new entries, French first, and some English ones."""
    for start, end in pairwise(DIGEST_ON):
        new = Counter(
            feed.language for feed in FEEDS.values() for entry in feed.entries if start < entry.appears <= end
        )
        assert new["fr"] > new["en"] >= 5
        assert new.total() >= 15


def test_an_entry_is_published_before_the_morning_it_appears() -> None:
    """No entry but the one from 2099 comes from the future of the morning that collects it."""
    late = [
        entry.link
        for feed in FEEDS.values()
        for entry in feed.entries
        if entry.published_at >= datetime.combine(entry.appears, datetime.min.time(), UTC)
    ]
    assert late == ["https://fil-reglementaire.example/textes/liste-eligibles"]


def test_an_unchanged_feed_answers_304(web: DemoWeb) -> None:
    """The ETag or the date of the last answer is answered 304 without a body until the feed changes."""
    path, first = "/learning-signal/feed.json", get(web, "/learning-signal/feed.json", date(2026, 3, 5))
    for day, status in [(date(2026, 3, 6), 304), (date(2026, 3, 7), 200)]:
        by_tag = get(web, path, day, If_None_Match=first.headers["etag"])
        by_date = get(web, path, day, If_Modified_Since=first.headers["last-modified"])
        assert (by_tag.status_code, by_date.status_code) == (status, status)
        assert bool(by_tag.content) is (status == 200)


def test_the_etag_decides_where_both_validators_are_sent(web: DemoWeb) -> None:
    """A date that would do does not save an ETag that does not (RFC 9110)."""
    fresh = {"If_None_Match": '"other"', "If_Modified_Since": "Wed, 01 Apr 2026 00:00:00 GMT"}
    assert get(web, "/jdle/rss1", FIRST_DAY, **fresh).status_code == 200


@pytest.mark.parametrize(
    ("path", "day", "status", "header"),
    [
        ("/pedagogie/atom.xml", date(2026, 3, 15), 200, None),
        ("/pedagogie/atom.xml", date(2026, 3, 16), 301, ("location", "/carnets/pedagogie/atom.xml")),
        ("/carnets/pedagogie/atom.xml", date(2026, 3, 16), 200, None),
        ("/ancien-blog/feed", date(2026, 3, 2), 404, None),
        ("/edtech-hebdo/feed", date(2026, 3, 16), 200, None),
        ("/edtech-hebdo/feed", date(2026, 3, 19), 410, None),
        ("/fennelworth/feed", date(2026, 3, 19), 503, ("retry-after", "7200")),
        ("/fennelworth/feed", date(2026, 3, 23), 200, None),
        ("/nowhere", date(2026, 3, 2), 404, None),
        ("/", date(2026, 3, 2), 200, ("content-type", "text/html; charset=utf-8")),
    ],
)
def test_the_web_behaves_as_webs_do(
    web: DemoWeb, path: str, day: date, status: int, header: tuple[str, str] | None
) -> None:
    """A feed moves for good, one is dead, one ends and one is down for a day."""
    answer = get(web, path, day)
    assert answer.status_code == status
    if header:
        assert answer.headers[header[0]] == header[1]


def test_a_moved_feed_is_the_same_feed(web: DemoWeb) -> None:
    """What the new address holds is what the old one would."""
    web.move_to(date(2026, 3, 23))
    answer = httpx.get(web.url + "/pedagogie/atom.xml", follow_redirects=True)
    assert answer.url.path == "/carnets/pedagogie/atom.xml"
    there = find_entries(FEEDS["pedagogie-superieur"], date(2026, 3, 23))
    assert read_titles(answer.content, answer.headers["content-type"]) == [entry.title for entry in there]


def test_head_has_the_length_and_no_body(web: DemoWeb) -> None:
    """HEAD answers as GET does, without the body."""
    head = httpx.head(web.url + "/jdle/rss1")
    assert int(head.headers["content-length"]) > 1000
    assert head.content == b""


@pytest.mark.parametrize(
    ("name", "encoding", "word"),
    [("atelier-formation", "windows-1252", "cœur – €"), ("accessi-formation", "iso-8859-15", "coût €")],
)
def test_old_encodings_are_on_the_wire(name: str, encoding: str, word: str) -> None:
    """Two feeds are not in UTF-8, and use what their encoding has and Latin-1 has not."""
    _, body = render_feed(FEEDS[name], LAST_DAY)
    text = body.decode(encoding)
    assert all(part in text for part in word.split())
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_an_edit_shows_from_its_day_on() -> None:
    """An edited entry keeps its link and changes its title."""
    before, after = (
        {entry.link: entry.title for entry in find_entries(FEEDS["campus-demain"], day)}
        for day in (date(2026, 3, 15), date(2026, 3, 16))
    )
    link = "https://campus-demain.example/2026/03/cpf-participation-titulaire"
    assert before[link] == "CPF : la participation du titulaire passerait à 150 euros"
    assert after[link].startswith("Correction")


def test_the_same_address_and_the_same_text_come_from_several_feeds() -> None:
    """There is something to join: a shared address with tracking parameters, redirects, and reprints elsewhere."""
    links = [entry.link for feed in FEEDS.values() for entry in feed.entries]
    assert sum("utm_source=" in link for link in links) >= 2
    assert sum(link.startswith("https://www.google.com/url?") for link in links) == 4
    texts = Counter(entry.text for feed in FEEDS.values() for entry in feed.entries)
    assert sorted(texts.values())[-2:] == [2, 2]


def test_a_link_is_used_once_in_a_feed() -> None:
    """Within a feed, every entry has an identifier of its own."""
    for feed in FEEDS.values():
        identifiers = [entry.identifier for entry in feed.entries]
        assert len(identifiers) == len(set(identifiers)), feed.name


def test_french_dates_are_words() -> None:
    """The date of an entry reads as in French, the first of a month included."""
    fields = {
        "title": "T", "path": "/t", "format": "rss", "language": "fr", "site": "https://t.example", "section": "press",
        "french_dates": True,
        "entries": [{"title": "A", "text": "a", "link": "a", "appears": date(2026, 3, 2)}],
    }  # fmt: skip
    _, body = render_feed(build_feed("t", fields), FIRST_DAY)
    assert "<pubDate>dimanche 1er mars 2026 à " in body.decode()


def test_a_feed_has_changed_when_an_entry_left_it() -> None:
    """Last-Modified counts what came, what was edited and what left."""
    entry = {"title": "A", "text": "a", "link": "a", "appears": date(2026, 3, 2), "until": date(2026, 3, 9)}
    fields = {"title": "T", "path": "/t", "format": "rss", "language": "fr", "site": "https://t.example"}
    feed = build_feed("t", {**fields, "section": "press", "entries": [entry]})
    assert find_changed_at(feed, date(2026, 3, 10)) == datetime(2026, 3, 9, 4, tzinfo=UTC)
    assert find_entries(feed, date(2026, 3, 10)) == []


def test_an_unknown_key_in_a_feed_is_refused() -> None:
    """A misspelt key stops the demo instead of being ignored."""
    with pytest.raises(TypeError, match="appeers"):
        build_feed("t", {"site": "https://t.example", "entries": [{"title": "A", "link": "a", "appeers": 1}]})


def test_the_mailbox_keeps_what_is_sent(tmp_path: Path) -> None:
    """A message sent over SMTP is a file and an entry of the list, with the envelope's recipients."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Veille – semaine 10", "veille@a.example", "b@b.example"
    message.set_content("Bonjour à tous\n.\nUne ligne d'un point.\n")
    with open_mailbox(tmp_path / "mail") as mailbox:
        with smtplib.SMTP(mailbox.host, mailbox.port) as smtp:
            smtp.send_message(message, to_addrs=["b@b.example", "c@b.example"])
            smtp.send_message(message)
        with smtplib.SMTP(mailbox.host, mailbox.port) as left_open:
            left_open.noop()
            assert [caught.path.name for caught in mailbox.messages] == ["001.eml", "002.eml"]
    assert mailbox.messages[0].recipients == ("b@b.example", "c@b.example")
    assert mailbox.messages[0].read()["Subject"] == "Veille – semaine 10"
    assert mailbox.messages[0].read().get_content().split("\r\n") == [
        "Bonjour à tous",
        ".",
        "Une ligne d'un point.",
        "",
    ]


def test_a_second_mailbox_goes_on_numbering(tmp_path: Path) -> None:
    """A folder with mail in it keeps that mail."""
    (tmp_path / "007.eml").write_text("Subject: old\n\n")
    with open_mailbox(tmp_path) as mailbox, smtplib.SMTP(mailbox.host, mailbox.port) as smtp:
        smtp.sendmail("a@a.example", ["b@b.example"], b"Subject: new\r\n\r\nhello\r\n")
    assert [caught.path.name for caught in mailbox.messages] == ["008.eml"]


def test_the_home_is_valid_and_names_every_feed(tmp_path: Path) -> None:
    """The filled-in home is a valid configuration: it names every feed of the sample web at its address."""
    save_demo_home(tmp_path, "http://127.0.0.1:8765", 2525)
    config = load_config(Home(tmp_path))
    assert {source.url: source.section for source in config.sources if source.kind == "rss"} == {
        f"http://127.0.0.1:8765{feed.path}": feed.section for feed in FEEDS.values()
    }
    assert (config.mail.port, config.mail.security) == (2525, "none")
    assert config.network.allow_private == ("127.0.0.1:8765",)
    assert [(digest.id, digest.language, digest.topics == "all") for digest in config.digests] == [
        ("equipe-pedagogique", "fr", True),
        ("direction", "en", False),
    ]
    topic_ids = {topic.id for topic in config.topics}
    assert len(topic_ids) == 5
    assert topic_ids.issuperset(config.digests[1].topics)


def test_steps_go_forward_and_digest_after_collecting() -> None:
    """The plan runs in order of time, from the first morning on, and each digest follows that morning's collection."""
    steps = list(build_steps())
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert steps[0].at == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert [before.does for before, step in pairwise(steps) if step.does == "digest"] == ["collect"] * len(DIGEST_ON)
    assert all(day.weekday() == 0 for day in DIGEST_ON)
