"""arXiv: its query API, an Atom feed of preprints, the newest first.

https://info.arxiv.org/help/api/user-manual.html: fields, the filter ``submittedDate:[YYYYMMDDhhmm TO YYYYMMDDhhmm]``
(UTC), at most one request in three seconds, and no results beyond the first 30,000 of a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from veille.config import Source
from veille.items.entries import UnusableEntryError
from veille.items.identifiers import find_identifiers
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
    read_count,
    share_rows,
    text_at,
    write_boolean,
)
from veille.kinds.xml_tree import Element, read_tree, text_of
from veille.values import Bookmark, Item, Page, Request

URL = "https://export.arxiv.org/api/query"
ROWS = 100
LAST_RESULT = 30_000
# A paper appears days after its submission, or weeks if a moderator holds it back; its date is that of submission.
APART_SECONDS = 3.0  # arXiv's terms of use of its API
MARGIN_DAYS = 14

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
ASKED_FROM = re.compile(r"submittedDate:\[(\d{4})(\d\d)(\d\d)")
OWN_DOI = "10.48550/"  # which arXiv gives each of its papers
CONFERENCE = re.compile(r"\b(?:proc(?:eedings|\.)|conf(?:erence|\.)|workshop|symposium)", re.IGNORECASE)


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:
    """One a topic, or the one of the source's own query."""
    searches = build_searches(source, ask)
    rows = share_rows(source, searches, ROWS)

    def first_page(search: Search, since: date | None) -> str:
        query = write_boolean(search, field="all:")
        if start := first_date(source, since, MARGIN_DAYS):
            end = ask.now.date() + timedelta(days=1)
            query = f"({query}) AND submittedDate:[{start:%Y%m%d}0000 TO {end:%Y%m%d}0000]"
        order = {"sortBy": "submittedDate", "sortOrder": "descending"}
        return build_address(source.url or URL, {"search_query": query, **order, "start": 0, "max_results": rows})

    asked = build_requests(bookmark, ask, searches, first_page)
    return [replace(request, apart_seconds=APART_SECONDS) for request in asked]


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The papers of a page. Raises `UnreadableError`, also for an empty page where there are results: arXiv sends
    such pages at busy times, and they are no end."""
    feed = read_tree(body, headers, "feed", "an arXiv answer (Atom)")
    entries = [_read_entry(entry) for entry in feed.iterfind(ATOM + "entry")]
    for entry in entries:
        if "/api/errors" in entry["id"]:
            raise UnreadableError(f'arXiv refuses the query: "{entry["summary"][:200]}"; correct the option `query`')
    start = read_count(query_value(url, "start"))
    total = read_count(text_of(feed.find(SEARCH + "totalResults")))
    if not entries and total > start:
        raise UnreadableError(f"an empty page of arXiv's, although there are {total} results; it will be asked again")
    return build_page(
        entries,
        lambda record: _build_item(source, record, url, now),
        lambda record: text_at(record, "id"),
        _find_next(entries, start, total, url),
    )


def _read_entry(entry: Element) -> Record:
    primary = entry.find(ARXIV + "primary_category")
    fields = {name: text_of(entry.find(ATOM + name)) for name in ("id", "title", "summary", "published")}
    return {
        **fields,
        "doi": text_of(entry.find(ARXIV + "doi")),
        "journal_ref": text_of(entry.find(ARXIV + "journal_ref")),
        "category": "" if primary is None else primary.get("term", ""),
        "authors": [text_of(name) for name in entry.iterfind(f"{ATOM}author/{ATOM}name")],
    }


def _build_item(source: Source, record: Record, url: str, now: datetime) -> Item:
    number = find_identifiers((text_at(record, "id"),)).get("arxiv")
    if number is None:
        raise UnusableEntryError("it has no arXiv number")
    doi, reference = text_at(record, "doi"), text_at(record, "journal_ref")
    is_preprint = not (reference or (doi and not doi.lower().startswith(OWN_DOI)))
    published_as = "conference-paper" if CONFERENCE.search(reference) else "journal-article"
    return build_paper(
        source,
        guid=f"arXiv:{number}",  # without its version: a new one is the same item, changed
        url=f"https://arxiv.org/abs/{number}",
        title=text_at(record, "title"),
        abstract=text_at(record, "summary"),
        base=url,
        now=now,
        authors=record["authors"],
        published=text_at(record, "published"),
        venue=reference or f"arXiv {text_at(record, 'category')}",
        paper_type="preprint" if is_preprint else published_as,
        is_preprint=is_preprint,
        open_access_url=f"https://arxiv.org/pdf/{number}",
        identifiers={"arxiv": number} | ({"doi": doi} if doi else {}),
        language="en",
    )


def _find_next(entries: Sequence[Record], start: int, total: int, url: str) -> Request | None:
    """The page after this one; None behind the last result, and where the papers become older than asked for."""
    following = start + len(entries)
    if not entries or following >= min(total, LAST_RESULT):
        return None
    asked_from = ASKED_FROM.search(query_value(url, "search_query"))
    oldest = min((text_at(entry, "published")[:10] for entry in entries if text_at(entry, "published")), default="")
    if asked_from and oldest and oldest < "-".join(asked_from.groups()):
        return None
    return Request(build_address(url, {"start": following}), conditional=False)
