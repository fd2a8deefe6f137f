"""The kind `eric`: the recorded shape of ERIC's answers, what it is asked, and what it does with odd answers."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.papers import CASES, NOW, parse_body, read_case, research_source
from veille.config import Topic
from veille.harvest import advance
from veille.kinds import Ask, UnreadableError
from veille.kinds.eric import requests
from veille.kinds.scholarly import query_value
from veille.values import Bookmark

URL = "https://api.example.org/search?search=x&start=10&rows=7"
TOPIC = Topic(id="feedback", name="Feedback aux apprenants", keywords=("formative assessment", "rubrics"))
BODY = (CASES / "eric" / "page.json").read_bytes()


def test_a_page_yields_its_papers() -> None:
    """Escapes are read, names turned, the DOI found in the link, the month behind the pages; full text is linked.

    A record without title, without number, or that is none, costs only itself.
    """
    found, expected = read_case("eric", "page", URL)
    assert found == expected


def test_the_next_page_begins_behind_what_came() -> None:
    """ERIC gives fewer rows than asked for without a word, so the next page is counted from those that came."""
    following = parse_body("eric", BODY, URL).next
    assert following is not None
    assert query_value(following.url, "start") == "17"


@pytest.mark.parametrize("found", [17, 0, "many", None])
def test_a_list_ends_where_its_number_says(found: object) -> None:
    """No page follows the last record, nor a number that is none."""
    answer = json.loads(BODY)
    answer["response"]["numFound"] = found
    assert parse_body("eric", json.dumps(answer).encode(), URL).next is None


def test_a_topic_is_asked_for_field_by_field() -> None:
    """ERIC knows phrases only within a field: title, abstract and subject are asked for each keyword."""
    (request,) = requests(research_source("eric", limit=100), Bookmark(), Ask((TOPIC,), NOW))
    asked = query_value(request.url, "search")
    assert (request.series, request.conditional, query_value(request.url, "rows")) == ("feedback", False, "50")
    assert asked.startswith('(title:"Feedback aux apprenants" OR title:"formative assessment" OR title:rubrics) OR (')
    assert 'subject:"formative assessment"' in asked


@pytest.mark.parametrize(("day", "year"), [(date(2026, 3, 1), 2025), (date(2026, 9, 1), 2026)])
def test_after_a_whole_pass_only_the_last_years_are_asked_for(day: date, year: int) -> None:
    """ERIC dates works by their year and indexes them months late: the half year before the last pass counts too."""
    bookmark = Bookmark(cursor=advance(None, "feedback", None, day))
    (request,) = requests(research_source("eric"), bookmark, Ask((TOPIC,), NOW))
    assert query_value(request.url, "search").endswith(f" AND publicationdateyear:[{year} TO *]")


def test_the_operators_query_is_asked_as_it_is_from_its_year_on() -> None:
    """The option `query` goes to ERIC unchanged, the option `from` as the year of publication."""
    options = {"query": 'source:"education" AND peerreviewed:T', "from": "2024-05"}
    (request,) = requests(research_source("eric", **options), Bookmark(), Ask((TOPIC,), NOW))
    assert request.url.startswith("https://api.ies.ed.gov/eric/?")
    assert query_value(request.url, "search") == (
        '(source:"education" AND peerreviewed:T) AND publicationdateyear:[2024 TO *]'
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"error": {"msg": "undefined field sauce", "code": 400}}', "undefined field sauce"),
        (b'{"response": {"docs": null}}', "without a list of records"),
        (b"[]", "JSON list"),
        (b"<html><title>Maintenance</title></html>", "Maintenance"),
        (b"", "empty answer"),
        (BODY[: len(BODY) // 2], "breaks off"),
    ],
)
def test_another_answer_is_refused_with_what_it_looks_like(body: bytes, says: str) -> None:
    """A refused query comes with status 200 and an error inside; pages and fragments are no answers either."""
    with pytest.raises(UnreadableError, match=says):
        parse_body("eric", body, URL)
