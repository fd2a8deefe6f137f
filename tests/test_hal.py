"""The kind `hal`."""

from __future__ import annotations

from datetime import date

import pytest

from tests.papers import ask, parse_body, read_case, research_source
from veille.harvest import advance
from veille.kinds import UnreadableError
from veille.kinds.hal import requests
from veille.kinds.scholarly import query_value
from veille.values import Bookmark

PAGE = "https://api.archives-ouvertes.fr/search/?q=tutorat&rows=5&cursorMark=%2A"


def test_recorded_case() -> None:
    """A page yields the papers that stand beside it, in the work's own language, and where it goes on."""
    seen, expected = read_case("hal", "page", PAGE)
    assert seen == expected


def test_first_request() -> None:
    """Each topic is asked for by name and keywords, newest deposits first, by cursor mark."""
    first, second = (one.url for one in requests(research_source("hal", limit=120), Bookmark(), ask()))
    assert first.startswith("https://api.archives-ouvertes.fr/search/?q=")
    assert query_value(first, "q") == '"IA générative usages" OR "IA générative" OR "generative AI" OR LLM'
    assert query_value(second, "q") == "tutorat AND persévérance"
    wanted = {"rows": "30", "cursorMark": "*", "sort": "submittedDate_tdate desc, docid asc", "fq": "", "wt": "json"}
    assert {name: query_value(first, name) for name in wanted} == wanted
    assert {"title_s", "abstract_s", "doiId_s"} <= set(query_value(first, "fl").split(","))


def test_what_is_new() -> None:
    """After a pass, what was deposited or put online since is asked for."""
    bookmark = Bookmark(cursor=advance(None, "", None, date(2026, 2, 20)))
    (again,) = requests(research_source("hal", query="x", **{"from": "2020"}), bookmark, ask())
    since = "[2026-02-20T00:00:00Z TO *]"
    assert query_value(again.url, "fq") == f"submittedDate_tdate:{since} OR releasedDate_tdate:{since}"


@pytest.mark.parametrize("mark", ['"*"', "null", '""', "7"])
def test_the_last_page(mark: str) -> None:
    """The mark that was asked with ends the list, as does none; so does a page without records."""
    body = f'{{"response": {{"docs": [{{"title_s": ["A"], "halId_s": "hal-01"}}]}}, "nextCursorMark": {mark}}}'
    assert parse_body("hal", body.encode(), PAGE).next is None
    assert parse_body("hal", b'{"response": {"docs": []}, "nextCursorMark": "new"}', PAGE).next is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"msg": "undefined field foo", "code": 400}}', "HAL refuses the search: undefined field foo"),
        (b'{"response": {"docs": null}}', "without HAL's list of results"),
        (b'{"response": []}', "without HAL's list of results"),
        (b"<html>Anubis</html>", "Anubis"),
    ],
)
def test_what_is_no_answer_is_named(body: bytes, said: str) -> None:
    """The error says what came instead."""
    with pytest.raises(UnreadableError, match=said):
        parse_body("hal", body, PAGE)
