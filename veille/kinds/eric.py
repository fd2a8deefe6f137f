"""ERIC, the index of education research of the US Department of Education: its search API (Solr, JSON).

https://eric.ed.gov/?api. What it does not say: a page has at most 200 records whatever is asked, ``sort`` is ignored
(a search comes by relevance), words without operators are joined by OR, a phrase needs a field, texts are escaped as
in XML, and a query that is refused is answered with status 200 and an ``error``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from veille.config import Source
from veille.items.dates import parse_date
from veille.items.entries import UnusableEntryError
from veille.items.identifiers import bare_identifier
from veille.items.text import clean_text
from veille.kinds import Ask, UnreadableError
from veille.kinds.scholarly import (
    Record,
    Search,
    build_address,
    build_page,
    build_paper,
    build_requests,
    build_searches,
    first_date,
    list_at,
    query_value,
    read_count,
    read_json,
    share_rows,
    text_at,
    turn_name,
    write_boolean,
)
from veille.values import Bookmark, Item, Page, Request

URL = "https://api.ies.ed.gov/eric/"
ROWS = 200
MARGIN_DAYS = 183
EXPECTED = "a search answer of ERIC's (JSON)"
RETURNED = (
    "id,title,author,description,source,sourceid,publicationdate,publicationdateyear,publicationtype,institution,"
    "publisher,url,e_fulltextauth"
)
SEARCHED = ("title", "description", "subject")
# The first that a record has; what is said of the work's form counts more than what is said of its content.
TYPES = (
    ("Dissertations/Theses", "thesis"),
    ("Journal Articles", "journal-article"),
    ("Speeches/Meeting Papers", "conference-paper"),
    ("Collected Works - Proceedings", "conference-paper"),
    ("Books", "book"),
    ("Reports", "report"),
    ("Numerical/Quantitative Data", "dataset"),
)
ROLE = re.compile(r", (?:Ed|Comp|Trans)s?\.$")
PLACE = re.compile(r"(?:v(\S+))?\s*(?:n\S+)?\s*(?:p(\d[\d-]*))?")  # of an article: `v12 n3 p45-67 Sep 2025`


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:
    """One a topic, or the one of the source's own query.

    ERIC tells the year of a work and no day on which it came in. So what is new is looked for among the works of this
    year, and until summer of the last one too: it indexes months late. The store knows which of them it has.
    """
    searches = build_searches(source, ask)
    rows = share_rows(source, searches, ROWS)

    def first_page(search: Search, since: date | None) -> str:
        query = search.query or _query_of(search)
        if start := first_date(source, since, MARGIN_DAYS):
            query = f"({query}) AND publicationdateyear:[{start.year} TO *]"
        return build_address(
            source.url or URL, {"search": query, "format": "json", "fields": RETURNED, "start": 0, "rows": rows}
        )

    return build_requests(bookmark, ask, searches, first_page)


def _query_of(search: Search) -> str:
    """The topic in any of the fields that tell what a work is about."""
    return " OR ".join(f"({write_boolean(search, 500, field=f'{name}:')})" for name in SEARCHED)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The works of a page. Raises `UnreadableError`."""
    answer = read_json(body, headers, EXPECTED)
    if "error" in answer:
        said = text_at(answer, "error", "msg") or text_at(answer, "error")
        raise UnreadableError(f'ERIC refuses the query: "{clean_text(said, 200)}"; correct the option `query`')
    response = answer.get("response")
    if not isinstance(response, Mapping) or not isinstance(response.get("docs"), list):
        raise UnreadableError(f"JSON without a list of records instead of {EXPECTED}; check the source's url")
    records = response["docs"]
    following = read_count(text_at(response, "start") or query_value(url, "start")) + len(records)
    more = following < read_count(text_at(response, "numFound"))
    return build_page(
        records,
        lambda record: _build_item(source, record, url, now),
        lambda record: text_at(record, "id"),
        Request(build_address(url, {"start": following}), conditional=False) if more else None,
    )


def _build_item(source: Source, record: Record, url: str, now: datetime) -> Item:
    number = bare_identifier("eric", text_at(record, "id"))
    if number is None:
        raise UnusableEntryError("it has no ERIC number (EJ or ED with digits)")
    is_article = number.startswith("EJ")
    place = text_at(record, "sourceid") if is_article else ""
    volume, pages = found.groups() if (found := PLACE.match(place)) else (None, None)
    link = text_at(record, "url")  # the publisher's: a DOI, or just its front page
    doi = bare_identifier("doi", link)
    maker = text_at(record, "institution") or text_at(record, "publisher").partition(". ")[0]
    return build_paper(
        source,
        guid=number,
        url=f"https://eric.ed.gov/?id={number}",
        title=text_at(record, "title"),
        abstract=text_at(record, "description"),
        base=url,
        now=now,
        authors=_authors(record),
        published=_published(record, place, now),
        year=text_at(record, "publicationdateyear"),
        venue=text_at(record, "source") or (None if is_article else maker),
        paper_type=_find_type(record) or ("journal-article" if is_article else None),
        open_access_url=_full_text(record, number),
        volume=volume,
        pages=pages,
        identifiers={"eric": number} | ({"doi": doi} if doi else {}),
        language="en",  # that of its titles and abstracts, whatever the work's
    )


def _authors(record: Record) -> list[str]:
    """`Given Family`, without what ERIC adds: that one is the editor, or that there were others."""
    names = (ROLE.sub("", name) for name in list_at(record, "author") if isinstance(name, str))
    return [turn_name(name) for name in names if name != "And Others"]


def _published(record: Record, place: str, now: datetime) -> Sequence[object] | date:
    """Year, month and day as far as they are known (`2012/01/00`), or the month behind an article's pages."""
    year = text_at(record, "publicationdateyear")
    stated = [int(part) for part in re.findall(r"\d{1,4}", text_at(record, "publicationdate"))[:3]]
    known = stated[: stated.index(0)] if 0 in stated else stated
    if len(known) > 1:
        return known
    month = parse_date(" ".join(place.split()[-2:]), now) if re.search(r"[A-Z][a-z]{2,} \d{4}$", place) else None
    return month.date() if month and str(month.year) == year else [year]


def _find_type(record: Record) -> str | None:
    said = [text for text in list_at(record, "publicationtype") if isinstance(text, str)]
    found = (type_ for name, type_ in TYPES for text in said if text.startswith(name))
    return next(found, "other" if said else None)


def _full_text(record: Record, number: str) -> str | None:
    has_it = str(record.get("e_fulltextauth")).lower() in ("1", "true", "t")
    return f"https://files.eric.ed.gov/fulltext/{number}.pdf" if has_it else None
