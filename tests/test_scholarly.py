"""What the research kinds share."""

from __future__ import annotations

from datetime import date

import pytest

from tests.papers import NOW, TOPICS, ask, research_source
from veille.harvest import advance
from veille.items.entries import UnusableEntryError
from veille.kinds import UnreadableError
from veille.kinds.scholarly import (
    Search,
    build_address,
    build_paper,
    build_requests,
    build_searches,
    clean_abstract,
    clean_pages,
    first_date,
    next_by_token,
    paper_type_of,
    read_json,
    share_rows,
    text_at,
    turn_name,
    write_boolean,
    write_words,
)
from veille.values import Bookmark, Item, Paper


@pytest.mark.parametrize(
    ("terms", "query"),
    [
        (("generative AI", "LLM"), '"generative AI" OR LLM'),
        (("Not", "b"), '"Not" OR b'),
        (("Le tutorat et la persévérance",), "tutorat AND persévérance"),
        (("méta-analyse", "l’oral"), '"méta-analyse" OR "l’oral"'),
        (("x" * 1_490, "yy" * 20, "z"), "x" * 1_490 + " OR z"),
    ],
)
def test_terms_in_lucene_syntax(terms: tuple[str, ...], query: str) -> None:
    """Phrases are quoted, operators are no words, a name alone is its words together, what does not fit goes."""
    assert write_boolean(Search("t", terms=terms)) == query


def test_a_search_a_topic() -> None:
    """Each topic is a series, with its name and keywords once each and without the signs of query languages."""
    searches = build_searches(research_source("hal"), ask())
    assert [search.series for search in searches] == ["ia", "tutorat"]
    assert searches[0].terms == ("IA générative usages", "IA générative", "generative AI", "LLM")


def test_the_operators_query_goes_as_written() -> None:
    """A query of the options is one series, and nothing is escaped in it."""
    searches = build_searches(research_source("hal", query='title_t:("a b" OR c)'), ask())
    assert [(one.series, write_boolean(one), write_words(one)) for one in searches] == [
        ("", 'title_t:("a b" OR c)', 'title_t:("a b" OR c)')
    ]


def test_words_once_each() -> None:
    """An API that knows no operators gets the distinct words."""
    assert write_words(Search("t", terms=("IA générative", "generative AI", "IA"))) == "IA générative generative AI"


def test_a_long_list_does_not_hold_up_the_news() -> None:
    """While a list is still being read, a second series asks first for what came since its reading began."""
    cursor = advance(None, "ia", "https://api.example/?page=2", date(2026, 2, 27))
    searches = build_searches(research_source("hal"), ask())
    asked = build_requests(Bookmark(cursor=cursor), ask(), searches, lambda one, since: f"{one.series} since {since}")
    assert [(one.series, one.url) for one in asked] == [
        ("ia/new", "ia since 2026-02-27"),
        ("ia", "https://api.example/?page=2"),
        ("tutorat", "tutorat since None"),
    ]
    assert not any(one.conditional for one in asked)


def test_the_same_day_goes_on_without_news() -> None:
    """A second run on the day on which a reading began only goes on."""
    cursor = advance(None, "ia", "https://api.example/?page=2", NOW.date())
    asked = build_requests(Bookmark(cursor=cursor), ask(), [Search("ia")], lambda one, since: f"{one} {since}")
    assert [(one.series, one.url) for one in asked] == [("ia", "https://api.example/?page=2")]


def test_what_is_new_since_the_last_pass() -> None:
    """After a list was read to its end, only what is newer than the beginning of that reading is asked for."""
    cursor = advance(None, "ia", None, date(2026, 2, 20))
    asked = build_requests(
        Bookmark(cursor=cursor), ask(), [Search("ia")], lambda one, since: f"{one.series} since {since}"
    )
    assert [one.url for one in asked] == ["ia since 2026-02-20"]


@pytest.mark.parametrize(
    ("stated", "since", "day"),
    [
        (None, None, None),
        ("2024", None, date(2024, 1, 1)),
        ("2024-03", None, date(2024, 3, 1)),
        ("2024", date(2026, 2, 1), date(2026, 1, 25)),
        ("2026-01-30", date(2026, 2, 1), date(2026, 1, 30)),
    ],
)
def test_from_when(stated: str | None, since: date | None, day: date | None) -> None:
    """The option counts until more was read; the margin never goes behind the option."""
    source = research_source("hal", **({"from": stated} if stated else {}))
    assert first_date(source, since, margin_days=7) == day


def test_a_page_leaves_room_for_every_topic() -> None:
    """The source's limit is shared by its series and their news, with some rows each."""
    searches = [Search(topic.id) for topic in TOPICS]
    assert share_rows(research_source("hal", limit=60), searches, 100) == 15
    assert share_rows(research_source("hal", limit=2), searches, 100) == 5
    assert share_rows(research_source("hal"), searches[:1], 100) == 100


def test_addresses() -> None:
    """Parameters are escaped and set once; those of the configured address stay."""
    address = build_address("https://a.example/s?key=1&q=old#part", {"q": 'é "b"&c', "since": None})
    assert address == "https://a.example/s?key=1&q=%C3%A9+%22b%22%26c"


@pytest.mark.parametrize("token", [None, "", "abc", 7])
def test_no_page_behind_no_token(token: object) -> None:
    """A token that is missing, odd or the one of this page ends the list."""
    assert next_by_token("https://a.example/?cursor=abc", "cursor", token) is None


@pytest.mark.parametrize(
    ("word", "type_"),
    [
        ("ART", "journal-article"),
        ("posted-content", "preprint"),
        ("info:eu-repo/semantics/doctoralThesis", "thesis"),
        ("Journal Article", "journal-article"),
        ("OUV", "book"),
        ("COMM", "conference-paper"),
        ("song", "other"),
        ("", None),
        (None, None),
    ],
)
def test_types(word: str | None, type_: str | None) -> None:
    """Each source's word for a type is one of a short list."""
    assert paper_type_of(word) == type_


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>We ask.</jats:p>", "We ask."),
        ("<p><b>Résumé</b> : Nous demandons.</p>", "Nous demandons."),
        ("Abstract: we ask.", "we ask."),
        ("Abstract algebra is hard.", "Abstract algebra is hard."),
        ("<jats:sec><jats:title>Aim</jats:title><jats:p>CO<jats:sub>2</jats:sub>, a < b.</jats:p>", "Aim CO2, a < b."),
    ],
)
def test_abstracts(raw: str, text: str) -> None:
    """JATS and HTML become text, and the heading goes."""
    assert paper(abstract=raw).summary == text
    assert "jats" not in clean_abstract(raw)


@pytest.mark.parametrize(
    ("published", "year", "day", "stated_year"),
    [
        ([2026, 2, 18], None, "2026-02-18", 2026),
        (["2026", "2"], None, "2026-02-01", 2026),
        ([2025], None, "2025-01-01", 2025),
        ([2026, 2, 31], None, "2026-02-01", 2026),
        ([None], "2024", "2024-01-01", 2024),
        ("2026-02", None, "2026-02-01", 2026),
        ([2026, 12], None, None, 2026),
        ([1968], None, "1968-01-01", 1968),
        ([], None, None, None),
        (["soon"], True, None, None),
    ],
)
def test_dates(published: str | list[object], year: object, day: str | None, stated_year: int | None) -> None:
    """A period is its first day; what lies ahead has no date, but keeps its year."""
    item = paper(published=published, year=year)
    assert isinstance(item.details, Paper)
    assert (item.published_at.date().isoformat() if item.published_at else None, item.details.year) == (
        day,
        stated_year,
    )


def paper(**fields: object) -> Item:
    given = {"guid": "g", "url": "https://a.example/1", "title": "A title", "abstract": "", "base": "", "now": NOW}
    return build_paper(research_source("hal"), **{**given, **fields})  # type: ignore[arg-type]


def test_a_record_without_a_title_is_no_paper() -> None:
    """It says so."""
    with pytest.raises(UnusableEntryError, match="no title"):
        paper(title="<i> </i>")


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("Curie, Marie", "Marie Curie"),
        ("Plato", "Plato"),
        ("King, Martin, Jr.", "Martin King Jr."),
        ("Green, Preston C., III", "Preston C. Green III"),
        ("A, B, C", "A, B, C"),
        ("X,", "X,"),
    ],
)
def test_names(name: str, turned: str) -> None:
    """A family name with a comma comes last."""
    assert turn_name(name) == turned


@pytest.mark.parametrize(
    ("stated", "pages"),
    [("187 - 198", "187-198"), ("343--364", "343-364"), ("12–15", "12-15"), ("7-7", "7"), ("S212", "S212"), ("", "")],
)
def test_pages(stated: str, pages: str) -> None:
    """From the first to the last with one hyphen, whatever a publisher puts between them."""
    assert clean_pages(stated) == pages


def test_odd_fields() -> None:
    """A field of another type than expected is no text, and a list gives its first one."""
    record = {"a": [None, " ", "b"], "c": {"d": [{"e": 5}]}, "f": True}
    assert [text_at(record, "a"), text_at(record, "c", "d", 0, "e"), text_at(record, "c", "d", 1, "e")] == [
        "b",
        "5",
        "",
    ]
    assert [text_at(record, "f"), text_at(record, "c"), text_at(None, "a")] == ["", "", ""]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty answer instead of an answer"),
        (b'{"a": [1, 2', "breaks off"),
        (b"[1]", "a JSON list instead"),
        (b"<html><title>Maintenance</title></html>", 'text/html that says "Maintenance"'),
        (b"\xff\xfe\x00", "instead of an answer"),
    ],
)
def test_what_is_no_answer_is_named(body: bytes, said: str) -> None:
    """The error says what came instead."""
    with pytest.raises(UnreadableError) as caught:
        read_json(body, {"content-type": "text/html; charset=utf-8"}, "an answer")
    assert said in str(caught.value)
