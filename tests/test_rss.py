"""The kind `rss`: every recorded case yields exactly the items that stand beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from veille.config import Section, Source
from veille.kinds import Ask, UnreadableError, load_kind
from veille.kinds.rss import parse, requests
from veille.values import Bookmark, Item, Page, Paper

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED_URL = "https://feeds.example.org/news/feed.xml"
CASES = sorted(path for path in (Path(__file__).parent / "cases" / "rss").iterdir() if path.suffix != ".json")


def read_case(path: Path) -> Page:
    section: Section = "research" if path.stem.startswith("research-") else "press"
    source = Source(id="case", kind="rss", section=section)
    return parse(source, path.read_bytes(), {"content-type": "application/xml"}, FEED_URL, NOW)


def as_case(item: Item) -> dict[str, object]:
    """What a reader of a case wants to see of an item."""
    seen: dict[str, object] = {
        "guid": item.guid,
        "url": item.url,
        "canonical_url": item.canonical_url,
        "title": item.title,
        "summary": item.summary,
        "authors": list(item.authors),
        "language": item.language,
        "published_at": item.published_at.isoformat() if item.published_at else None,
    }
    if isinstance(item.details, Paper):
        seen |= dict(item.identifiers) | {"venue": item.details.venue, "type": item.details.type}
    return seen


def press() -> Source:
    return Source(id="press", kind="rss")


def rss(*items: str) -> bytes:
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>https://e.org/</link>'
    return (head + "".join(f"<item>{item}</item>" for item in items) + "</channel></rss>").encode()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_recorded_cases(path: Path) -> None:
    """A recorded document yields the items and the rejected entries that stand in the file beside it."""
    page = read_case(path)
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert [as_case(item) for item in page.items] == expected["items"]
    assert [[entry.where, entry.why] for entry in page.rejected] == expected["rejected"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the answer is empty"),
        (b" \n\t", "the answer is empty"),
        (b"<!DOCTYPE html><html><head><title>Page &amp; not found</title></head></html>", 'titled "Page & not found"'),
        (b"<html><body>Moved</body></html>", "an HTML page without a title"),
        (b'<html><head><link type="application/rss+xml" href="/feed"></head></html>', "it names a feed of its own"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"<?xml version='1.0'?><urlset><url/></urlset>", "an XML document <urlset>"),
        (b"Service temporarily unavailable", 'text/plain that begins with "Service temporarily unavailable"'),
        (b'{"error": "no such feed"}', "not a JSON Feed"),
        (b'{"items": [', "begins like JSON but is not"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, said: str) -> None:
    """An answer that is no feed is unreadable, and the error says what it looks like."""
    with pytest.raises(UnreadableError) as caught:
        parse(press(), body, {"content-type": "text/plain; charset=utf-8"}, FEED_URL, NOW)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        rss(),
        b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title></feed>',
        b'{"version": "https://jsonfeed.org/version/1", "title": "T", "items": []}',
    ],
)
def test_an_empty_feed_is_an_empty_page(body: bytes) -> None:
    """A valid feed without entries is a page without items, not an error."""
    assert parse(press(), body, {}, FEED_URL, NOW) == Page()


@pytest.mark.parametrize(
    "odd",
    [
        "<title>A &#99999999999; b</title>",
        "<title>A &#x110000; b</title>",
        "<title>A &#xD800; b</title>",
        "<title>A &undefined; b</title>",
        "<title>A <![endif]> b</title>",
        "<title>A \x08 b</title>",
    ],
)
def test_odd_input_costs_no_entry(odd: str) -> None:
    """Impossible references, undefined entities and stray declarations lose neither their entry nor the next one."""
    page = parse(press(), rss(odd + "<link>https://e.org/1</link>", "<link>https://e.org/2</link>"), {}, FEED_URL, NOW)
    assert [item.url for item in page.items] == ["https://e.org/1", "https://e.org/2"]


def test_encoding_of_the_answer() -> None:
    """The charset of the content type counts where the document names none."""
    body = "<rss><channel><item><title>Été</title><link>https://e.org/1</link></item></channel></rss>".encode("latin-1")
    page = parse(press(), body, {"content-type": "application/xml; charset=iso-8859-1"}, FEED_URL, NOW)
    assert page.items[0].title == "Été"


def test_a_text_that_looks_like_an_address_is_not_fetched() -> None:
    """A body that is an address or a path is read as a text and is no feed."""
    for body in (b"http://127.0.0.1:9/feed", b"pyproject.toml"):
        with pytest.raises(UnreadableError):
            parse(press(), body, {}, FEED_URL, NOW)


def test_request_follows_a_permanent_move() -> None:
    """The address remembered from a permanent redirect is asked instead of the configured one."""
    source = Source(id="s", kind="rss", url="https://e.org/old")
    assert [r.url for r in requests(source, Bookmark(), Ask((), NOW))] == ["https://e.org/old"]
    assert [r.url for r in requests(source, Bookmark(url="https://e.org/new"), Ask((), NOW))] == ["https://e.org/new"]


def test_press_stays_press() -> None:
    """An article of a press source stays an article even where its link holds a DOI."""
    page = parse(press(), rss("<title>On a study</title><link>https://doi.org/10.1234/ABC</link>"), {}, FEED_URL, NOW)
    assert [(item.kind, dict(item.identifiers)) for item in page.items] == [("article", {"doi": "10.1234/abc"})]


def test_the_kind_is_registered() -> None:
    """The kind is found under its name."""
    assert load_kind("rss") is not None
