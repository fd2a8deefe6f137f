"""The kind `oai`: Dublin Core as repositories write it, resumption tokens, deleted records, the protocol's errors."""

from __future__ import annotations

from datetime import date

import pytest

from tests.papers import CASES, NOW, parse_body, read_case, research_source
from veille.harvest import advance
from veille.kinds import Ask, UnreadableError
from veille.kinds.oai import requests
from veille.kinds.scholarly import build_address, query_value
from veille.values import Bookmark, Page

URL = "https://archive.example.org/oai?page=oai&verb=ListRecords&metadataPrefix=oai_dc&set=a&from=2026-02-27"
TOKEN_URL = "https://archive.example.org/oai?verb=ListRecords&resumptionToken=oai_dc%2F100%2Fa%7Cb+c"
BODY = (CASES / "oai" / "page.xml").read_bytes()
ASK = Ask((), NOW)


def answer(content: str) -> bytes:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{content}</OAI-PMH>'.encode()


def test_a_page_yields_its_papers() -> None:
    """Title and abstract in the work's language, its own DOI, its page and not its file, the earliest of its dates.

    A deleted record is no item and no fault; one without title or without Dublin Core costs only itself.
    """
    found, expected = read_case("oai", "page", URL, "xml")
    assert found == expected


def test_the_token_stands_alone_beside_the_verb() -> None:
    """resumptionToken is exclusive: prefix, set and dates go; what belongs to the base URL stays."""
    following = parse_body("oai", BODY, URL).next
    assert following is not None
    assert following.url == TOKEN_URL.replace("?", "?page=oai&")
    assert query_value(following.url, "resumptionToken") == "oai_dc/100/a|b c"


def test_a_page_of_deleted_records_goes_on() -> None:
    """A token counts even on a page that has no item."""
    deleted = '<record><header status="deleted"><identifier>x:1</identifier></header></record>'
    body = answer(f"<ListRecords>{deleted}<resumptionToken>t2</resumptionToken></ListRecords>")
    page = parse_body("oai", body, URL)
    assert (page.items, page.rejected) == ((), ())
    assert page.next is not None


@pytest.mark.parametrize("token", ["", "<resumptionToken/>", "<resumptionToken>oai_dc/100/a|b c</resumptionToken>"])
def test_where_a_list_ends(token: str) -> None:
    """An empty token and none end a list, and so does the token that led to this page."""
    body = answer(f"<ListRecords><record/>{token}</ListRecords>")
    assert parse_body("oai", body, TOKEN_URL).next is None


def test_no_records_is_an_empty_page() -> None:
    """noRecordsMatch says that there is nothing new."""
    assert parse_body("oai", answer('<error code="noRecordsMatch"/>'), URL) == Page()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (answer('<error code="badArgument">until is before from</error>'), 'badArgument "until is before from"'),
        (answer('<error code="noSetHierarchy"/>'), "take out the option `set`"),
        (answer('<error code="badResumptionToken">expired</error>'), '"expired".*begun again'),
        (answer("<Identify><repositoryName>x</repositoryName></Identify>"), "repository's base URL"),
        (BODY[: len(BODY) // 2], "breaks off"),
        (b"<html><body>Bienvenue</body></html>", "Bienvenue"),
        (b"broken", "instead of an OAI-PMH answer"),
        (b"", "empty answer"),
    ],
)
def test_an_error_is_refused_with_the_repositorys_words(body: bytes, says: str) -> None:
    """Every other error of the protocol stops the source for this run and says what to do."""
    with pytest.raises(UnreadableError, match=says):
        parse_body("oai", body, URL)


def test_nothing_outside_of_the_document_is_read() -> None:
    """Entities are not expanded, neither those of a file nor those that grow."""
    evil = (
        b'<!DOCTYPE OAI-PMH [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        b"<OAI-PMH><ListRecords><record><header><identifier>x:1</identifier></header><metadata>"
        b'<dc xmlns="http://purl.org/dc/elements/1.1/"><title>T&f;&b;</title></dc></metadata></record></ListRecords></OAI-PMH>'
    )
    (item,) = parse_body("oai", evil, URL).items
    assert "aaa" not in item.title
    assert len(item.title) < 10


def test_a_fresh_pass_asks_by_the_day() -> None:
    """The set and prefix of the options, and the day before the last pass began; never before the option `from`."""
    source = research_source("oai", set="driver", **{"from": "2025"})
    base = {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "driver"}
    (first,) = requests(source, Bookmark(), ASK)
    (later,) = requests(source, Bookmark(cursor=advance(None, "", None, date(2026, 3, 1))), ASK)
    assert first.url == build_address(source.url, {**base, "from": "2025-01-01"})
    assert later.url == build_address(source.url, {**base, "from": "2026-02-28"})


def test_a_pass_whose_token_fails_twice_begins_again() -> None:
    """A token that its repository forgot fails for ever: after two such runs the list is asked from its start."""
    read_to_the_end = advance(None, "", None, date(2026, 2, 20))
    cursor = advance(read_to_the_end, "", TOKEN_URL, date(2026, 3, 1))
    (once,) = (one for one in requests(research_source("oai"), Bookmark(cursor=cursor, consecutive_failures=1), ASK)
               if one.series == "")  # fmt: skip
    (twice,) = requests(research_source("oai"), Bookmark(cursor=cursor, consecutive_failures=2), ASK)
    assert once.url == TOKEN_URL
    assert query_value(twice.url, "resumptionToken") == ""
    assert query_value(twice.url, "from") == "2026-02-19"
