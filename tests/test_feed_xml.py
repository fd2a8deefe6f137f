"""The direct reader of feeds, beside feedparser: the same where both read, and nothing where it is not sure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from veille.config import Source
from veille.items.text import clean_text
from veille.kinds import feeds
from veille.kinds.feed_xml import RawFeed, read_feed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = "https://feeds.example.org/news/feed.xml"
CASES = sorted(path for path in (Path(__file__).parent / "cases" / "rss").iterdir() if path.suffix in (".xml", ".feed"))
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
ITEM = b"<item><title>T</title><link>https://e.org/1</link></item>"


def channel(inside: str, head: str = "<link>https://e.org/</link>") -> bytes:
    return f"<rss version='2.0' {SPACES}><channel><title>F</title>{head}{inside}</channel></rss>".encode()


def atom(inside: str, attributes: str = "") -> bytes:
    return f"<feed xmlns='http://www.w3.org/2005/Atom' {attributes}><entry>{inside}</entry></feed>".encode()


def both_ways(body: bytes) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """What `build_item` is given for each entry, by this reader and by feedparser."""
    direct, lenient = read_feed(body, {}, URL), feeds._read_leniently(body, {}, URL)
    assert direct is not None
    return tuple(  # type: ignore[return-value]
        [feeds._entry_fields(entry, feed.title, feed.language, feed.home or URL) for entry in feed.entries]
        for feed in (direct, lenient)
    )


@pytest.mark.parametrize(
    "body",
    [
        channel("<item><guid isPermaLink='false'>1</guid><link>/a?b=1&amp;c=2</link><title>A &lt;i&gt;</title></item>"),
        channel("<item><guid>https://e.org/1</guid><title>A</title><pubDate>02 Feb 2026 09:00 GMT</pubDate></item>"),
        channel("<item><title>A</title><description>Short</description><content:encoded>Long</content:encoded></item>"),
        channel("<item><content:encoded>Long</content:encoded><description>Short</description></item>"),
        channel("<item><description>One</description><itunes:summary>Two</itunes:summary></item>"),
        channel("<item><media:group><media:title>M</media:title><media:content url='https://e.org/m.mp4'/></media:group></item>"),
        channel("<item><media:title>M</media:title><title>T</title><media:description>D</media:description></item>"),
        channel("<item><enclosure url='https://e.org/a.mp3' type='audio/mpeg'/><dc:date>2026-01-02</dc:date></item>"),
        channel("<item><author>ann@e.org (Ann Day)</author><dc:creator>Bob</dc:creator></item>"),
        channel("<item><source url='https://o.org'>Other</source><title>T</title><dc:language>fr</dc:language></item>"),
        channel("<item><title><![CDATA[A & <i>B</i>]]></title></item>", "<language>fr</language>"),
        channel("<item><title>A</title><link>https:///e.org/x</link></item>"),
        atom("<id>urn:1</id><link href='/a'/><link rel='self' href='/s'/><title type='html'>A &amp;amp; B</title>"),
        atom("<link rel='enclosure' href='/f.pdf'/><author><name>Ann</name><email>a@e.org</email></author>"),
        atom("<title>T</title><content type='html'>C</content><summary>S</summary><updated>2026-01-02</updated>"),
        atom("<title xml:lang='de'>T</title><published>2026-01-01</published><link href='x'/>", "xml:lang='fr'"),
        atom("<link href='a/b'/><title>T</title>", "xml:base='https://b.org/c/'"),
    ],
)  # fmt: skip
def test_both_readers_say_the_same(body: bytes) -> None:
    """A well-formed feed has the same fields whichever way it is read."""
    direct, lenient = both_ways(body)
    assert direct == lenient


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_recorded_cases_read_the_same_without_it(path: Path) -> None:
    """What this reader understands of a recorded document is what feedparser says of it."""
    source = Source(id="case", kind="rss")
    body = feeds._mend(path.read_bytes())
    feed = read_feed(body, {}, URL)
    if feed is None:
        return
    lenient = feeds._read_leniently(body, {}, URL)
    pages = [
        feeds._build_page(source, [feeds._entry_fields(e, f.title, f.language, URL) for e in f.entries], URL, NOW)
        for f in (feed, lenient)
    ]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><item><title>A &nbsp; b</title></item></channel></rss>",
        b"<rss><channel><item><title>A</title></channel></rss>",
        b'<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel><item><title>&a;</title></item></channel></rss>',
        b"<urlset><url/></urlset>",
        b"<rss><channel><item><item/></item></channel></rss>",
        atom("<content type='image/png'>aGk=</content>"),
        b"\x1f\x8b\x08",
        b"",
    ],
)
def test_what_is_not_understood_is_left_alone(body: bytes) -> None:
    """Broken markup, a DTD, another root, entries in each other, data in base64: not for this reader."""
    assert read_feed(body, {}, URL) is None


@pytest.mark.parametrize(
    ("encoding", "declared", "served"),
    [
        ("utf-8", "utf-16", ""),
        ("utf-8", "cp037", ""),
        ("utf-8", "no-such", ""),
        ("iso-8859-1", "iso-8859-1", ""),
        ("iso-8859-1", "utf-8", "text/xml; charset=ISO-8859-1"),
        ("utf-16", "utf-16", ""),
        ("utf-16-be", "utf-8", ""),
        ("gb18030", "gb2312", ""),
    ],
)
def test_encodings(encoding: str, declared: str, served: str) -> None:
    """The encoding that makes markup of the bytes is theirs, whatever the document says."""
    text = f"<?xml version='1.0' encoding='{declared}'?><rss><channel><item><title>été</title></item></channel></rss>"
    feed = read_feed(text.encode(encoding), {"content-type": served}, URL)
    assert isinstance(feed, RawFeed)
    assert [entry["title"] for entry in feed.entries] == ["été"]


def test_a_prefix_that_nobody_declared_costs_nothing() -> None:
    """`media:title` without a namespace is read as what it is meant to be."""
    feed = read_feed(b"<rss><channel><item><media:title>M</media:title></item></channel></rss>", {}, URL)
    assert feed is not None
    assert feed.entries[0]["title"] == "M"


@pytest.mark.parametrize(
    "odd",
    [
        b"<item " + b" ".join(b"a%d='1'" % n for n in range(30_000)) + b"><title>O</title></item>",
        b"<item><guid " + b" ".join(b"a%d='1'" % n for n in range(30_000)) + b">1</guid>&bad; &#8;</item>",
        b"<item><title>O</title>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</item>",
        b"<item><title>O\0</title></item>",
        b"<item><title>\xe9</title></item>",
    ],
)
def test_hostile_entries_cost_no_other(odd: bytes) -> None:
    """Whatever is wrong with an entry, those beside it are read."""
    body = b"<rss><channel>" + ITEM + odd + ITEM.replace(b"/1", b"/2") + b"</channel></rss>"
    page = feeds.read_page(Source(id="s", kind="rss"), body, {}, URL, NOW)
    assert {"https://e.org/1", "https://e.org/2"} <= {item.url for item in page.items}


@pytest.mark.parametrize(
    "body",
    [
        channel("<item><title>Ã©tÃ© \u0092s</title></item>"),
        channel("<item><title>Ã©tÃ©</title><description>« été » \u0092s</description></item>"),
    ],
)
def test_both_readers_mend_the_same(body: bytes) -> None:
    """What feedparser mends of a wrong encoding is mended of what is read directly, too, once it is an item."""
    direct, lenient = both_ways(body)
    told = [[clean_text(str(one[name]), 500) for name in ("title", "summary")] for (one,) in (direct, lenient)]
    assert told[0] == told[1]
    assert told[0][0].startswith("été")
