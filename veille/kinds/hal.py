"""HAL, the French open archive: its search API, newest deposits first, read on by cursor mark.

Fields and parameters as documented at https://api.archives-ouvertes.fr/docs/search (Apache Solr).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial

from veille.config import Source
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
    next_by_token,
    read_json,
    share_rows,
    text_at,
    write_boolean,
)
from veille.values import Bookmark, Item, Page, Request

ENDPOINT = "https://api.archives-ouvertes.fr/search/"
MOST_ROWS = 100
FIELDS = (
    "docid,halId_s,uri_s,title_s,fr_title_s,en_title_s,abstract_s,fr_abstract_s,en_abstract_s,authFullName_s,"
    "journalTitle_s,conferenceTitle_s,bookTitle_s,publisher_s,authorityInstitution_s,volume_s,page_s,doiId_s,"
    "arxivId_s,language_s,docType_s,fileMain_s,openAccess_bool,publicationDate_s,producedDate_s,submittedDate_tdate"
)
# The first of these that a record has is its date; those ending in `_s` say no more than what is known.
DATES = ("publicationDate_s", "producedDate_s", "publicationDate_tdate", "producedDate_tdate", "submittedDate_tdate")
VENUES = ("journalTitle_s", "conferenceTitle_s", "bookTitle_s", "publisher_s", "authorityInstitution_s")


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:
    """One a topic, or the one of the given query, which may be anything that Solr reads."""
    searches = build_searches(source, ask)

    def first_page(search: Search, since: date | None) -> str:
        parameters = {
            "q": write_boolean(search),
            "fq": _filter_since(first_date(source, since)),
            "fl": FIELDS,
            "sort": "submittedDate_tdate desc, docid asc",  # a cursor mark needs a unique field at the end
            "rows": share_rows(source, searches, MOST_ROWS),
            "wt": "json",
            "cursorMark": "*",
        }
        return build_address(source.url or ENDPOINT, parameters)

    return build_requests(bookmark, ask, searches, first_page)


def _filter_since(day: date | None) -> str | None:
    """Deposited or put online since then: moderators take days, and the day of deposit stays."""
    if day is None:
        return None
    span = f"[{day.isoformat()}T00:00:00Z TO *]"
    return f"submittedDate_tdate:{span} OR releasedDate_tdate:{span}"


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The records of a page of results. Raises `UnreadableError`."""
    answer = read_json(body, headers, "an answer of HAL's search")
    response = answer.get("response")
    if not isinstance(response, dict) or not isinstance(response.get("docs"), list):
        said = text_at(answer, "error", "msg")
        raise UnreadableError(
            f"HAL refuses the search: {said[:300]}; check `query`"
            if said
            else "JSON without HAL's list of results (response.docs); check the source's url"
        )
    next_page = next_by_token(url, "cursorMark", answer.get("nextCursorMark"))
    return build_page(
        response["docs"],
        partial(_build_record, source, url, now),
        lambda record: text_at(record, "halId_s") or text_at(record, "title_s"),
        next_page,
    )


def _build_record(source: Source, base: str, now: datetime, record: Record) -> Item:
    language = text_at(record, "language_s")
    hal_id = text_at(record, "halId_s")
    address = text_at(record, "uri_s") or (f"https://hal.science/{hal_id}" if hal_id else "")
    opened = text_at(record, "fileMain_s")
    return build_paper(
        source,
        guid=hal_id or address or text_at(record, "docid"),
        url=address,
        title=_in_language(record, "title_s", language),
        abstract=_in_language(record, "abstract_s", language),
        base=base,
        now=now,
        authors=[name for name in list_at(record, "authFullName_s") if isinstance(name, str)],
        published=next((text for name in DATES if (text := text_at(record, name))), None),
        venue=next((text for name in VENUES if (text := text_at(record, name))), None),
        paper_type=text_at(record, "docType_s"),
        open_access_url=opened or (address if record.get("openAccess_bool") is True else None),
        volume=text_at(record, "volume_s"),
        pages=text_at(record, "page_s"),
        identifiers={
            "hal": hal_id,
            "doi": text_at(record, "doiId_s"),
            "arxiv": text_at(record, "arxivId_s"),
        },
        language=language,
    )


def _in_language(record: Record, name: str, language: str) -> str:
    """The text in the work's own language: HAL keeps titles and abstracts in several."""
    return text_at(record, f"{language}_{name}") or text_at(record, name) or text_at(record, f"en_{name}")
