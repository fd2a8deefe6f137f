"""DOAJ, the directory of open access journals: its article search, newest entries first, page by page.

Documented at https://doaj.org/api/v2/docs: Elasticsearch's query string in the path, `bibjson` records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from urllib.parse import quote

from veille.config import Source
from veille.items.entries import UnusableEntryError
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
    query_value,
    read_json,
    records_at,
    share_rows,
    text_at,
    turn_name,
    write_boolean,
)
from veille.values import Bookmark, Item, Page, Request

ENDPOINT = "https://doaj.org/api/v2/search/articles/"
MOST_ROWS = 100
DEEPEST = 1_000  # results that DOAJ serves of one search; what lies behind needs a dump


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:
    """One a topic, or the one of the given query."""
    searches = build_searches(source, ask)

    def first_page(search: Search, since: date | None) -> str:
        day = first_date(source, since, margin_days=1)
        query = write_boolean(search)
        if day:
            query = f"({query}) AND created_date:[{day.isoformat()} TO *]"
        address = (source.url or ENDPOINT).rstrip("/") + "/" + quote(query, safe="")
        rows = share_rows(source, searches, MOST_ROWS)
        return build_address(address, {"page": 1, "pageSize": rows, "sort": "created_date:desc"})

    return build_requests(bookmark, ask, searches, first_page)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The articles of a page of results. Raises `UnreadableError`."""
    answer = read_json(body, headers, "an answer of DOAJ's search")
    results = answer.get("results")
    if not isinstance(results, list):
        said = text_at(answer, "error")
        raise UnreadableError(
            f"DOAJ refuses the search: {said[:300]}; check `query`"
            if said
            else "JSON without DOAJ's list of results; check the source's url"
        )
    return build_page(
        results,
        partial(_build_record, source, url, now),
        lambda record: text_at(record, "id") or text_at(record, "bibjson", "title"),
        _next_page(answer, url),
    )


def _next_page(answer: Record, url: str) -> Request | None:
    """By number: the address of the answer's `next` is the public one's, even where a mirror was asked."""
    page, size, total = (_count(text_at(answer, name)) for name in ("page", "pageSize", "total"))
    page = page or _count(query_value(url, "page")) or 1
    size = size or _count(query_value(url, "pageSize")) or 10
    if page * size >= min(total, DEEPEST):
        return None
    following = build_address(url, {"page": page + 1, "pageSize": size})
    return Request(following, conditional=False) if following != url else None


def _count(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _build_record(source: Source, base: str, now: datetime, record: Record) -> Item:
    bibjson = record.get("bibjson")
    if not isinstance(bibjson, Mapping) or "journal" not in bibjson:
        raise UnusableEntryError("it is not the record of an article; the source's url must end in /search/articles/")
    number = text_at(record, "id")
    identifiers = {text_at(one, "type").lower(): text_at(one, "id") for one in records_at(bibjson, "identifier")}
    doi = identifiers.get("doi", "")
    page = f"https://doaj.org/article/{number}" if number else None
    return build_paper(
        source,
        guid=number or doi,
        url=f"https://doi.org/{doi}" if doi.startswith("10.") else _full_text(bibjson) or page,
        title=text_at(bibjson, "title"),
        abstract=text_at(bibjson, "abstract"),
        base=base,
        now=now,
        authors=[turn_name(text_at(author, "name")) for author in records_at(bibjson, "author")],
        published=[text_at(bibjson, "year"), text_at(bibjson, "month")],
        venue=text_at(bibjson, "journal", "title"),
        paper_type="journal-article",
        is_preprint=False,
        open_access_url=_full_text(bibjson) or page,
        volume=text_at(bibjson, "journal", "volume"),
        pages="-".join(filter(None, (text_at(bibjson, "start_page"), text_at(bibjson, "end_page")))),
        identifiers={"doi": doi},
        language=text_at(bibjson, "journal", "language").lower(),
    )


def _full_text(bibjson: object) -> str | None:
    links = records_at(bibjson, "link")
    return next((text_at(link, "url") for link in links if text_at(link, "type") == "fulltext"), None)
