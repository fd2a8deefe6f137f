from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from veille.config import Source
from veille.items.entries import UnusableEntryError, build_item, published_instant
from veille.values import Event, Item, short_hash

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASE = "https://e.org/feed"
SOURCE = Source(id="s", kind="rss", section="technology")


def item(source: Source = SOURCE, **fields: Any) -> Item:
    given: dict[str, Any] = {"guid": "1", "url": "/a", "title": "A title", "summary": "A text."}
    return build_item(source, now=NOW, base=BASE, **{**given, **fields})


def test_an_item_is_what_its_fields_say() -> None:
    """Fields are cleaned, the link is absolute, the section is the source's."""
    made = item(
        title="<b>A</b> title", authors=["Ann &amp; Bob", "", "Ann &amp; Bob"], published="2026-03-01", language="en"
    )
    assert made == replace(
        made,
        source_id="s", section="technology", guid="1", url="https://e.org/a", canonical_url="https://e.org/a",
        title="A title", summary="A text.", authors=("Ann & Bob",), language="en",
        published_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip


def test_without_a_guid_the_canonical_address_stands_for_it() -> None:
    """The guid is the source's own, else the canonical address, so that the item keeps its id."""
    assert item(guid=None, url="http://www.e.org/a?utm_source=x").guid == "https://e.org/a"
    assert item(guid="  ", url="/a").item_id == item(guid=None, url="/a#x").item_id


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"url": None, "guid": "https://e.org/g"}, "https://e.org/g"),
        ({"url": "javascript:alert(1)", "guid": "https://e.org/g"}, "https://e.org/g"),
        ({"url": "https://www.google.com/url?url=https://t.org/a&x=1"}, "https://t.org/a"),
    ],
)
def test_where_a_link_comes_from(fields: dict[str, Any], url: str) -> None:
    """The link is the entry's own, else its guid where that is an address."""
    assert item(**fields).url == url


def test_an_entry_without_a_link_stands_on_the_page_of_its_source() -> None:
    """Two entries without links get two addresses, the same ones every time."""
    first, second = item(url=None, guid="x"), item(url=None, guid="y")
    assert first.url.startswith("https://e.org/feed#!")
    assert first.canonical_url != second.canonical_url
    assert item(url=None, guid="x") == first


def test_an_entry_without_anything_is_unusable() -> None:
    """No link, title, text, author or identifier: there is nothing to show."""
    with pytest.raises(UnusableEntryError):
        item(guid=None, url=None, title=" ", summary="<p></p>")


@pytest.mark.parametrize(
    ("fields", "title", "url"),
    [
        ({"summary": '<img src="a.png" alt="A &amp; B">', "url": "/a"}, "A & B", "https://e.org/a"),
        ({"summary": '<a href="/b?c=1&amp;d=2"> </a>'}, "e.org/b", "https://e.org/b?c=1&d=2"),
        ({"summary": '<img alt="">', "authors": ["Ann"]}, "Ann", None),
        ({"guid": "urn:uuid:1225"}, "urn:uuid:1225", None),
    ],
)
def test_an_entry_without_words_is_called_by_what_it_has(fields: dict[str, Any], title: str, url: str | None) -> None:
    """Its picture, its link, its author, its identifier, the first of these that it has."""
    made = item(**{"guid": None, "url": None, "title": "", "summary": "", **fields})
    assert made.title == title
    assert made.url == url if url else made.url.startswith("https://e.org/feed#!")


def test_a_title_comes_from_the_text() -> None:
    """An entry without a title is called by its first words; one with a link alone by its address."""
    assert item(title="", summary="A short first sentence. Then more.").title == "A short first sentence"
    assert item(title="", summary="", url="https://e.org/a/b?c=1").title == "e.org/a/b"


def test_a_summary_that_only_repeats_the_title_is_empty() -> None:
    """A summary equal to the title says nothing more."""
    assert item(title="The same", summary="<p>The same</p>").summary == ""


@pytest.mark.parametrize(
    ("published", "instant"),
    [
        ("2026-03-02T13:00:00+02:00", datetime(2026, 3, 2, 11, tzinfo=UTC)),
        (date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC)),
        (datetime(2026, 3, 1, 2), datetime(2026, 3, 1, 2, tzinfo=UTC)),  # noqa: DTZ001 - naive counts as UTC
        (datetime(2026, 3, 1, 2, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 3, 1, tzinfo=UTC)),
        (NOW + timedelta(hours=24), NOW + timedelta(hours=24)),
        (NOW + timedelta(hours=25), None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Sat, 01 Jan 0001 00:00:00 +0200", None),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))), None),
        ("no date", None),
        (None, None),
    ],
)
def test_impossible_dates_are_none(published: str | datetime | date | None, instant: datetime | None) -> None:
    """A date is an instant in UTC; before 1990 or over a day ahead there is none."""
    assert published_instant(published, NOW) == instant


def test_the_configured_language_wins() -> None:
    """What the operator says of a source counts more than what the source or its text says."""
    assert item(Source(id="s", kind="rss", language="fr"), title="The news of the day", language="en").language == "fr"


def test_identifiers_are_found_everywhere_they_are_stated() -> None:
    """Link, guid and the source's own fields give identifiers."""
    made = item(
        url="https://hal.science/hal-04512345", guid="oai:arXiv.org:2603.01234v1", identifiers={"doi": "10.1234/A"}
    )
    assert made.identifiers == {"doi": "10.1234/a", "arxiv": "2603.01234", "hal": "hal-04512345"}


def test_hashes_tell_content_from_edits() -> None:
    """Equal texts share a content hash; whatever a reader sees changes the fingerprint."""
    first = item()
    assert item(guid="2", url="/b").content_hash == first.content_hash
    for edit in (
        {"title": "Other"},
        {"summary": "Other."},
        {"url": "/b"},
        {"authors": ["X"]},
        {"details": Event(place="Lyon")},
    ):
        assert item(**edit).fingerprint != first.fingerprint
    assert item(url="/a?utm_medium=rss").fingerprint == first.fingerprint


def test_hashes_stay_what_homes_have_stored() -> None:
    """The hashes are those of the fields in order: another form of them would embed and tell everything again."""
    made = item(authors=["X", "Y"], details=Event(place="Lyon"))
    told = (made.title, made.summary, made.canonical_url, "X\nY", repr(made.details))
    assert (made.content_hash, made.fingerprint) == (short_hash(*told[:2]), short_hash(*told))


def test_a_paper_may_be_older_than_the_web_but_no_clock_is() -> None:
    """A study of 1978 keeps its date; an article of 1978, and anything of the first day of 1970, has none."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    source = Source(id="eric", kind="rss", url="https://a.example/")

    def made(kind: str, published: str) -> datetime | None:
        return build_item(
            source,
            guid="1",
            url="https://a.example/1",
            title="T",
            summary="",
            base="",
            now=now,
            kind=kind,
            published=published,
        ).published_at  # type: ignore[arg-type]

    assert made("paper", "1978-05-01") == datetime(1978, 5, 1, tzinfo=UTC)
    assert made("article", "1978-05-01") is None
    assert made("paper", "1970-01-01") is None
