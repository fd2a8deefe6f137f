"""Rules that hold for any input, tried with generated ones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.fuzz import KINDS, find_seeds, mutate, read_safely
from veille.collect import EMPTY_PAGES
from veille.config import Source
from veille.config.files import ConfigError, parse_config
from veille.fetch.answers import MAX_RETRY_AFTER_SECONDS, parse_retry_after
from veille.fetch.body import Body
from veille.harvest import advance, parse_cursor
from veille.items.address import absolute_url, canonical_url
from veille.items.dates import parse_date
from veille.items.entries import UnusableEntryError, build_item, published_instant
from veille.items.text import INVISIBLE, clean_text, plain_line
from veille.robots import is_allowed, is_reserved

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = Source(id="press", kind="rss", url="https://a.example/feed")
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

# What addresses are made of, with what breaks those who read them.
# fmt: off
PIECES = st.sampled_from(
    ["https://", "http://", "//", "/", "\\", "?", "#", "#!", "&", "&amp;", "=", ";", ":", "@", "%", "%2F", "%zz",
     "%00", "..", ".", "www.", "m.", "a.example", "É.example", "xn--9ca.example", "[::1]", "[", "]", "127.0.0.1", ":80",
     ":443", ":99999", "utm_source=x", "url=https://b.example/", "amp", "/amp/s/b.example/x", "jsessionid=1", " ", "\n",
     "\t", "\0", "\u202e", "\ud800", "é", "\U0001f600", "javascript:", "data:", "file:///", "doi.org/10.1000/ABC",
     "youtu.be/x", "redirect", "feed:", "\"", "<", ">", "'", "q=1"]
)
# fmt: on
addresses = st.lists(PIECES | st.text(max_size=4), max_size=9).map("".join)
web_addresses = addresses.map(lambda text: f"https://a.example/{text}") | addresses.map(lambda text: f"http://{text}")
texts = st.text(alphabet=st.characters(codec=None), max_size=60)
WORDS = [
    "lundi", "3", "31", "février", "feb", "2026", "1970", "0000", "99999", "10:00", "24:00", "24:60", "+01:00", "+9999",
    "Z", "GMT", "T", "-", "/", ".", ",", "of", "1er", "²", "١", "PM", "noon",
]  # fmt: skip
days = st.lists(st.sampled_from(WORDS), max_size=7).flatmap(
    lambda words: st.sampled_from(["", " ", "-"]).map(lambda gap: gap.join(words))
)


@quick
@given(addresses | web_addresses)
def test_canonical_addresses_are_idempotent_and_of_the_web(url: str) -> None:
    """What has a canonical form keeps it; it is an https address with a host."""
    try:
        canonical = canonical_url(url)
    except ValueError:
        return
    assert canonical_url(canonical) == canonical
    assert canonical.startswith("https://")
    assert urlsplit(canonical).hostname


@quick
@given(addresses | texts, addresses)
def test_links_lead_to_the_web_or_nowhere(link: str, base: str) -> None:
    """A link that is kept is http(s), without spaces, quotes, angle brackets and what cannot be seen."""
    for within in ("https://a.example/feed", base):
        found = absolute_url(link, within)
        assert found is None or found.startswith(("http://", "https://"))
        if found is not None:
            assert not set(found) & set(' \t\r\n"<>'), found
            assert not INVISIBLE.search(found), found
            assert urlsplit(found).hostname


@quick
@given(texts | days, st.integers(0, 3_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_dates_never_raise_and_are_of_their_time(text: str, now: datetime) -> None:
    """A text is an instant in UTC or none; what is kept of it is after 1990 and at most a day ahead."""
    moment = parse_date(text, now)
    assert moment is None or moment.utcoffset() == timedelta(0)
    kept = published_instant(text, now)
    assert kept is None or (kept.year >= 1990 and kept <= now + timedelta(hours=24))


@quick
@given(st.datetimes() | st.dates())
def test_any_date_that_a_parser_gives_is_kept_or_left(moment: date) -> None:
    """Years 1 and 9999 included."""
    kept = published_instant(moment, NOW)
    assert kept is None or kept.year >= 1990


@quick
@given(texts, st.integers(1, 300))
def test_clean_texts_are_plain(text: str, limit: int) -> None:
    """One line within its limit, nothing invisible in it."""
    for clean in (clean_text(text, limit), plain_line(text, limit)):
        assert len(clean) <= limit
        assert not INVISIBLE.search(clean)
        assert "\n" not in clean


@quick
@given(texts | st.none(), addresses | st.none(), texts, texts, st.lists(texts, max_size=3), texts | st.none(), texts)
def test_items_are_plain_whatever_they_are_made_of(
    guid: str | None,
    url: str | None,
    title: str,
    summary: str,
    authors: list[str],
    published: str | None,
    language: str,
) -> None:
    """Every text of an item can be stored, shown and mailed."""
    try:
        item = build_item(
            SOURCE,
            guid=guid,
            url=url,
            title=title,
            summary=summary,
            base="https://a.example/",
            now=NOW,
            authors=authors,
            published=published,
            language=language,
        )
    except UnusableEntryError:
        return
    for text in (item.guid, item.url, item.canonical_url, item.title, item.summary, *item.authors, item.language or ""):
        text.encode()
        assert not INVISIBLE.search(text), item
        assert "\n" not in text, item


@quick
@given(texts | st.integers().map(str) | days)
def test_waits_are_bounded(value: str) -> None:
    """Retry-After gives nothing, or up to a week."""
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_SECONDS


@quick
@given(
    st.lists(st.binary(max_size=40), max_size=6), st.sampled_from(["", "gzip", "deflate", "br", "gzip,gzip", "x-gzip"])
)
def test_bodies_are_bounded(chunks: list[bytes], coding: str) -> None:
    """Whatever comes, in whatever encoding it is said to be."""
    body = Body(coding, 100)
    for chunk in chunks:
        body.add(chunk)
    assert len(body.data) <= 100


@quick
@given(st.binary(max_size=120) | texts.map(lambda text: f"User-agent: *\nDisallow: {text}".encode("utf-8", "ignore")))
def test_robots_and_reservations_never_raise(body: bytes) -> None:
    """Rules that cannot be read forbid nothing."""
    assert is_allowed(body, "https://a.example/page") in (True, False)
    assert is_reserved({}, body) in (True, False)


# Any YAML, and our own with something else in one place.
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(scalars, inner, max_size=3), max_leaves=8
)
ORGANISATION = {
    "organisation": {"name": "A", "language": "fr", "timezone": "Europe/Paris"},
    "topics": [{"id": "a", "name": "A", "description": "A", "keywords": ["a"], "weight": 1.0}],
    "digests": [{"id": "d", "title": "D", "topics": "all", "max_age_days": {"default": 9}, "to": ["a@example.org"]}],
    "schedule": {"collect": "0 6 * * *"},
    "mail": {"port": 25},
    "network": {"allow_private": ["127.0.0.1:1"]},
}
SOURCES = {"sources": [{"id": "s", "kind": "rss", "url": "https://a.example/", "section": "press", "options": {}}]}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], other)
    return copy


def check_config(organisation: bytes, sources: bytes) -> None:
    try:
        parse_config(organisation, sources)
    except ConfigError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(problem.line >= 1 for problem in problems)


@quick
@given(values, st.sampled_from(places(ORGANISATION)), values, st.sampled_from(places(SOURCES)))
def test_no_value_in_a_configuration_crashes_it(
    one: Any, at: tuple[Any, ...], two: Any, where: tuple[Any, ...]
) -> None:
    """Any value in any place: a valid configuration, or problems with their lines."""
    dump = yaml.safe_dump
    check_config(dump(put(ORGANISATION, at, one)).encode(), dump(put(SOURCES, where, two)).encode())


@quick
@given(st.binary(max_size=80) | texts.map(lambda text: text.encode("utf-8", "surrogatepass")), st.booleans())
def test_no_bytes_as_a_configuration_crash_it(body: bytes, first: bool) -> None:
    """Any bytes: problems with their lines."""
    good = (json.dumps(ORGANISATION).encode(), json.dumps(SOURCES).encode())
    check_config(*((body, good[1]) if first else (good[0], body)))


@quick
@given(
    texts | values.map(lambda value: json.dumps(value, default=str, skipkeys=True)),
    st.text(min_size=1, max_size=9) | st.none(),
)
def test_any_cursor_is_read(cursor: str, next_url: str | None) -> None:
    """A cursor that is not ours is no reading, and one can go on from it."""
    parse_cursor(cursor)
    assert parse_cursor(advance(cursor, "a", next_url, NOW.date()))["a"].next_url == next_url


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.randoms(use_true_random=False))
def test_every_kind_reads_mutations_of_its_cases(random: Any) -> None:
    """A page, or the error of an unreadable one; nothing else, and nothing unsafe in it."""
    kind = random.choice(KINDS)
    seeds = find_seeds(kind)
    read_safely(kind, mutate(random.choice(seeds), seeds, random))


def test_pages_without_records_end() -> None:
    """The bound that `tests/test_hostile_web.py` relies on."""
    assert EMPTY_PAGES < 40
