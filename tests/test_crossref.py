"""The kind `crossref`."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.papers import CASES, NOW, ask, parse_body, read_case, research_source
from veille.harvest import advance
from veille.kinds import UnreadableError
from veille.kinds.crossref import requests
from veille.kinds.scholarly import query_value
from veille.stories import judge_pair
from veille.values import Bookmark, Paper, SeenItem

PAGE = "https://api.crossref.org/works?query=badge&rows=5&cursor=%2A"
FULL = [{"DOI": f"10.5555/{number}", "title": ["A"]} for number in range(5)]


def answer(items: object, **message: object) -> bytes:
    return json.dumps({"message-type": "work-list", "message": {"items": items, **message}}).encode()


def test_recorded_case() -> None:
    """A page yields the papers that stand beside it, and where it goes on."""
    seen, expected = read_case("crossref", "page", PAGE)
    assert seen == expected


def test_a_retraction_and_its_paper_are_one_story() -> None:
    """The notice bears the DOI of the work that it retracts, which joins the two."""
    page = parse_body("crossref", (CASES / "crossref" / "page.json").read_bytes(), PAGE)
    notice, paper = (SeenItem(item, NOW, NOW) for item in page.items[1:3])
    link = judge_pair(notice, paper)
    assert link
    assert (link.relation, link.reason) == ("same", "doi 10.5555/exa.2023.77")


def test_first_request() -> None:
    """The words of a topic, what was registered in two years, by cursor, with the contact for the polite pool."""
    first, _ = (one.url for one in requests(research_source("crossref", limit=80), Bookmark(), ask("a@example.org")))
    wanted = {
        "query": "IA générative usages generative AI LLM",
        "filter": "from-created-date:2024-03-02",
        "rows": "20",
        "mailto": "a@example.org",
        "cursor": "*",
    }
    assert {name: query_value(first, name) for name in wanted} == wanted
    assert "mailto" not in requests(research_source("crossref"), Bookmark(), ask("https://example.org"))[0].url


def test_the_next_run_goes_on_by_offset() -> None:
    """A cursor lives five minutes, so what is left of a list is asked for by its offset, as far as offsets go."""
    following = "https://api.crossref.org/works?query=badge&rows=5&cursor=abc"
    source = research_source("crossref", query="badge")
    cursor = advance(advance(None, "", following, NOW.date(), 5), "", following, NOW.date(), 5)
    (request,) = requests(source, Bookmark(cursor=cursor), ask())
    assert request.url == "https://api.crossref.org/works?query=badge&rows=5&offset=10"
    (request,) = requests(source, Bookmark(cursor=advance(None, "", following, NOW.date(), 10_001)), ask())
    assert query_value(request.url, "cursor") == "*"


def test_what_is_new() -> None:
    """After a pass, what was registered since is asked for, with a day's margin."""
    bookmark = Bookmark(cursor=advance(None, "", None, date(2026, 2, 20)))
    (again,) = requests(research_source("crossref", query="badge"), bookmark, ask())
    assert query_value(again.url, "filter") == "from-created-date:2026-02-19"


@pytest.mark.parametrize(
    ("url", "items", "message", "following"),
    [
        (PAGE, FULL, {"next-cursor": "a b"}, PAGE.replace("%2A", "a+b")),
        (PAGE.replace("%2A", "same"), FULL, {"next-cursor": "same"}, PAGE.replace("%2A", "same")),
        (PAGE, FULL[:4], {"next-cursor": "abc"}, None),
        (PAGE, FULL, {}, None),
        (PAGE.replace("cursor=%2A", "offset=10"), FULL, {"total-results": 16}, PAGE.replace("cursor=%2A", "offset=15")),
        (PAGE.replace("cursor=%2A", "offset=10"), FULL, {"total-results": 15}, None),
        (PAGE.replace("cursor=%2A", "offset=9995"), FULL, {"total-results": 99_999}, None),
    ],
)
def test_the_next_page(url: str, items: list[object], message: dict[str, object], following: str | None) -> None:
    """Crossref's cursor may stay the same; its list ends with a page that is not full, an offset's at the total."""
    page = parse_body("crossref", answer(items, **message), url)
    assert (page.next.url if page.next else None) == following


@pytest.mark.parametrize(
    ("work", "retracted"),
    [
        ({"update-to": [{"DOI": "10.5555/A", "type": "retraction"}]}, True),
        ({"update-to": [{"DOI": "10.5555/b", "type": "correction"}]}, None),
        ({"updated-by": [{"DOI": "10.5555/c", "type": "withdrawal"}]}, True),
        ({"updated-by": [{"DOI": "10.5555/c", "type": "erratum"}, "odd"]}, None),
        ({"update-to": None}, None),
    ],
)
def test_retractions(work: dict[str, object], retracted: bool | None) -> None:
    """In place or by a notice; a correction is none. The work keeps its own DOI."""
    (item,) = parse_body("crossref", answer([{"DOI": "10.5555/a", "title": ["A"], **work}]), PAGE).items
    assert (getattr(item.details, "is_retracted", None), item.identifiers["doi"]) == (retracted, "10.5555/a")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"status": "failed", "message-type": "validation-failure", "message": [{"message": "no such filter"}]}',
         "refuses the search: no such filter"),
        (b'{"message-type": "funder-list", "message": {"items": []}}', "funder-list instead of a list of works"),
        (b'{"message": {}}', "without Crossref's list"),
        (b"Resource not found.", "Resource not found."),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_named(body: bytes, said: str) -> None:
    """The error says what came instead."""
    with pytest.raises(UnreadableError, match=said):
        parse_body("crossref", body, PAGE)


def test_odd_works_cost_only_themselves() -> None:
    """Fields of the wrong type are passed over."""
    odd = [
        None,
        {"title": "B", "DOI": 7, "author": {"family": "X"}, "issued": {"date-parts": "x"}},
        {
            "title": ["C"],
            "DOI": "10.5555/c",
            "author": [3, {"given": None, "family": "D"}],
            "issued": {"date-parts": [[]]},
        },
    ]
    page = parse_body("crossref", answer(odd), PAGE)
    assert [(item.title, item.authors) for item in page.items] == [("B", ("X",)), ("C", ("D",))]
    assert len(page.rejected) == 1


@pytest.mark.parametrize(
    ("links", "free"),
    [
        ([("https://api.p.example/1", "text/plain"), ("https://p.example/1.pdf", "application/pdf")], "1.pdf"),
        ([("https://p.example/1.xml", "text/xml"), ("https://p.example/1", "unspecified")], "1"),
        ([("https://api.p.example/1.pdf", "application/pdf")], "page"),
        ([], "page"),
    ],
)
def test_the_free_text_is_one_that_a_person_can_read(links: list[tuple[str, str]], free: str) -> None:
    """Not what a publisher has for programs: its page, where there is nothing else."""
    work = {
        "DOI": "10.5555/1",
        "title": ["A"],
        "license": [{"URL": "https://creativecommons.org/licenses/by/4.0/"}],
        "link": [{"URL": url, "content-type": type_} for url, type_ in links],
        "resource": {"primary": {"URL": "https://p.example/page"}},
    }
    (item,) = parse_body("crossref", answer([work]), PAGE).items
    assert isinstance(item.details, Paper)
    assert item.details.open_access_url == f"https://p.example/{free}"
