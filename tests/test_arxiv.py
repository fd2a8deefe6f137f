"""The kind `arxiv`: the shape of its Atom answers, what it is asked, and where its list ends."""

from __future__ import annotations

from datetime import date

import pytest

from tests.papers import CASES, NOW, parse_body, read_case, research_source
from veille.config import Topic
from veille.harvest import advance
from veille.kinds import Ask, UnreadableError
from veille.kinds.arxiv import requests
from veille.kinds.scholarly import query_value
from veille.values import Bookmark

URL = "https://api.example.org/search?search_query=all%3Atutors&start=40&max_results=20"
TOPIC = Topic(id="tutors", name="Tuteurs", keywords=("AI tutor", "hints"))
BODY = (CASES / "arxiv" / "page.xml").read_bytes()
EMPTY = BODY[: BODY.index(b"  <entry>")] + b"</feed>"


def test_a_page_yields_its_papers() -> None:
    """A paper is one whatever its version; one with a DOI or a journal is no longer a preprint."""
    found, expected = read_case("arxiv", "page", URL, "xml")
    assert found == expected


def test_the_next_page_begins_behind_what_came() -> None:
    """A page may be shorter than asked for; the next one goes on behind its last entry."""
    following = parse_body("arxiv", BODY, URL).next
    assert following is not None
    assert query_value(following.url, "start") == "44"
    assert query_value(following.url, "search_query") == "all:tutors"


@pytest.mark.parametrize(
    ("url", "total"),
    [
        (URL, b"44"),
        (URL.replace("start=40", "start=29996"), b"40000"),
        (URL.replace("tutors", "tutors+AND+submittedDate:[202602150000+TO+202603030000]"), b"131"),
    ],
    ids=["the last result", "no results beyond 30,000", "older than asked for"],
)
def test_where_a_list_ends(url: str, total: bytes) -> None:
    """No page follows the last result, the last that arXiv gives, or papers older than the pass asks for."""
    assert parse_body("arxiv", BODY.replace(b">131<", b">" + total + b"<"), url).next is None


def test_an_empty_page_is_an_end_only_without_results() -> None:
    """arXiv sends empty pages at busy times: where its own count says that there is more, that is an error."""
    assert parse_body("arxiv", EMPTY.replace(b">131<", b">0<"), URL).items == ()
    with pytest.raises(UnreadableError, match="although there are 131 results"):
        parse_body("arxiv", EMPTY, URL)


def test_the_first_page_is_the_newest() -> None:
    """Keywords are asked for in all fields, the newest submissions first."""
    (request,) = requests(research_source("arxiv", limit=60), Bookmark(), Ask((TOPIC,), NOW))
    asked = {name: query_value(request.url, name) for name in ("search_query", "sortBy", "sortOrder", "max_results")}
    assert asked == {
        "search_query": 'all:Tuteurs OR all:"AI tutor" OR all:hints',
        "sortBy": "submittedDate",
        "sortOrder": "descending",
        "max_results": "30",
    }


def test_after_a_whole_pass_only_new_submissions_are_asked_for() -> None:
    """From two weeks before the last pass, for papers appear later than their date; until tomorrow."""
    bookmark = Bookmark(cursor=advance(None, "tutors", None, date(2026, 3, 1)))
    (request,) = requests(research_source("arxiv"), bookmark, Ask((TOPIC,), NOW))
    assert query_value(request.url, "search_query").endswith(") AND submittedDate:[202602150000 TO 202603030000]")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            EMPTY.replace(
                b"</feed>",
                b"<entry><id>https://arxiv.org/api/errors#incorrect_query</id><title>Error</title>"
                b"<summary>incorrect query</summary></entry></feed>",
            ),
            "incorrect query",
        ),
        (BODY[: len(BODY) // 2], "breaks off"),
        (b"<rss><channel/></rss>", "instead of an arXiv answer"),
        (b"Rate exceeded.", "Rate exceeded"),
        (b"", "empty answer"),
    ],
)
def test_another_answer_is_refused_with_what_it_looks_like(body: bytes, says: str) -> None:
    """An error that comes as a feed, a fragment, another format, a word of the server's: none is read as an end."""
    with pytest.raises(UnreadableError, match=says):
        parse_body("arxiv", body, URL)
