"""The kind `doaj`."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.papers import ask, parse_body, read_case, research_source
from veille.harvest import advance
from veille.kinds import UnreadableError
from veille.kinds.doaj import requests
from veille.values import Bookmark

PAGE = "https://doaj.org/api/v2/search/articles/mooc?page=1&pageSize=10&sort=created_date%3Adesc"


def test_recorded_case() -> None:
    """A page yields the papers that stand beside it, and where it goes on."""
    seen, expected = read_case("doaj", "page", PAGE)
    assert seen == expected


def test_first_request() -> None:
    """The query is a segment of the path, wholly escaped; the newest entries come first."""
    (request,) = requests(research_source("doaj", query='a/b "c?"', limit=100), Bookmark(), ask())
    assert request.url == (
        "https://doaj.org/api/v2/search/articles/a%2Fb%20%22c%3F%22?page=1&pageSize=50&sort=created_date%3Adesc"
    )


def test_what_is_new() -> None:
    """After a pass, what was added since is asked for, with a day's margin."""
    bookmark = Bookmark(cursor=advance(None, "", None, date(2026, 2, 20)))
    (again,) = requests(research_source("doaj", query="a OR b"), bookmark, ask())
    assert "/%28a%20OR%20b%29%20AND%20created_date%3A%5B2026-02-19%20TO%20%2A%5D?" in again.url


@pytest.mark.parametrize(
    ("page", "total", "following"), [(1, 10, False), (2, 21, True), (3, 21, False), (100, 9_999, False)]
)
def test_the_last_page(page: int, total: int, following: bool) -> None:
    """The list ends with its last record, and at the thousandth, behind which DOAJ does not go."""
    record = '{"id": "a", "bibjson": {"title": "A", "journal": {}}}'
    body = f'{{"total": {total}, "page": {page}, "pageSize": 10, "results": [{record}]}}'
    answer = parse_body("doaj", body.encode(), PAGE.replace("page=1", f"page={page}"))
    assert [item.title for item in answer.items] == ["A"]
    assert (f"page={page + 1}&" in answer.next.url if answer.next else False) is following


def test_a_wrong_address_is_named() -> None:
    """An answer without results says what to check."""
    with pytest.raises(UnreadableError, match="bad query"):
        parse_body("doaj", b'{"status": "bad_request", "error": "bad query"}', PAGE)
    with pytest.raises(UnreadableError, match="check the source's url"):
        parse_body("doaj", b"{}", PAGE)


def test_names_are_spoken_ones() -> None:
    """Some publishers deliver them as `Family, Given`."""
    authors = [{"name": "Peres, Thais"}, {"name": "Bo Gao"}]
    record = {"id": "a", "bibjson": {"title": "T", "journal": {}, "author": authors}}
    (item,) = parse_body("doaj", json.dumps({"results": [record]}).encode(), PAGE).items
    assert item.authors == ("Thais Peres", "Bo Gao")
