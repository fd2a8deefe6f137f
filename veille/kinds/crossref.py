"""Crossref, where publishers register their DOIs: works by relevance, read on by cursor; retractions.

Documented at https://api.crossref.org/swagger-ui. Its search ranks by words and knows no operators. A cursor lives
five minutes and may stay the same from page to page (each asking moves it on), so that a run follows cursors, and the
next run goes on at the offset that was reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import quote, urlsplit

from veille.config import Source
from veille.harvest import Reading
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
    polite_contact,
    query_value,
    read_json,
    records_at,
    share_rows,
    spoken_name,
    text_at,
    write_words,
)
from veille.values import Bookmark, Item, Page, Request

ENDPOINT = "https://api.crossref.org/works"
MOST_ROWS = 50  # with their references, more come close to what one answer may weigh
DEFAULT_ROWS = 20
DEEPEST = 10_000  # the highest offset
FIRST_DAYS = 730  # as far back as a first pass goes without `from`: by relevance, all years would come mixed
RETRACTIONS = frozenset({"retraction", "withdrawal", "removal"})
# The first of these that a work has is its date: print may be months ahead of or behind what could be read.
DATES = ("published-online", "published", "issued", "published-print", "posted", "created")


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:
    """One a topic, or the one of the given query."""
    searches = build_searches(source, ask)

    def first_page(search: Search, since: date | None) -> str:
        day = first_date(source, since, margin_days=1) or ask.now.date() - timedelta(days=FIRST_DAYS)
        parameters: dict[str, str | int | None] = {
            "query": write_words(search),
            "filter": f"from-created-date:{day.isoformat()}",
            "rows": share_rows(source, searches, MOST_ROWS),
            "mailto": polite_contact(ask),
            "cursor": "*",
        }
        return build_address(source.url or ENDPOINT, parameters)

    return build_requests(bookmark, ask, searches, first_page, _resume)


def _resume(reading: Reading) -> str | None:
    """The rest of a list, by offset; None behind the deepest one, where a new pass begins."""
    if not reading.next_url or reading.read > DEEPEST:
        return None
    return build_address(reading.next_url, {"cursor": None, "offset": reading.read})


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The works of a page of results, or the one work asked for. Raises `UnreadableError`."""
    answer = read_json(body, headers, "an answer of Crossref")
    message = answer.get("message")
    works = message.get("items") if isinstance(message, dict) else None
    if answer.get("message-type") == "work":
        works = [message]
    if not isinstance(works, list) or answer.get("message-type") not in ("work", "work-list"):
        raise UnreadableError(_refusal(answer))
    return build_page(
        works,
        partial(_build_work, source, url, now),
        lambda work: text_at(work, "DOI"),
        _next_page(message, len(works), url),
    )


def _next_page(message: object, count: int, url: str) -> Request | None:
    """None after a page that is not full: an end that Crossref does not tell otherwise."""
    rows, offset = (
        int(text) if text.isdecimal() else 0 for text in (query_value(url, "rows"), query_value(url, "offset"))
    )
    if count < (rows or DEFAULT_ROWS):
        return None
    if cursor := text_at(message, "next-cursor"):
        return Request(build_address(url, {"cursor": cursor}), conditional=False)
    if not query_value(url, "offset") or offset + count >= min(_total(message), DEEPEST):
        return None
    return Request(build_address(url, {"offset": offset + count}), conditional=False)


def _total(message: object) -> int:
    total = text_at(message, "total-results")
    return int(total) if total.isdecimal() else DEEPEST


def _refusal(answer: Record) -> str:
    said = "; ".join(text_at(problem, "message") for problem in records_at(answer, "message"))
    kind = text_at(answer, "message-type")
    if said:
        return f"Crossref refuses the search: {said[:300]}; check the options"
    if kind:
        return f"Crossref's {kind} instead of a list of works; the url of the source must end in /works"
    return "JSON without Crossref's list of works; check the source's url"


def _build_work(source: Source, base: str, now: datetime, work: Record) -> Item:
    doi = text_at(work, "DOI")
    retracts = _retracted_by(work)
    subtype = text_at(work, "subtype")
    return build_paper(
        source,
        guid=doi.lower(),
        url=f"https://doi.org/{quote(doi, safe='/:;()._-')}" if doi else text_at(work, "URL"),
        title=_title(work),
        abstract=text_at(work, "abstract"),
        base=base,
        now=now,
        authors=[_author(author) for author in records_at(work, "author")],
        published=next((parts for name in DATES if (parts := _date_parts(work, name))), None),
        venue=text_at(work, "container-title") or text_at(work, "institution", 0, "name"),
        paper_type=subtype if subtype == "preprint" else "notice" if retracts else text_at(work, "type"),
        is_retracted=True if retracts or _is_retracted(work) else None,
        open_access_url=_free_text(work),
        volume=text_at(work, "volume"),
        pages=text_at(work, "page") or text_at(work, "article-number"),
        # A notice stands for the work that it retracts, so that the two are one story.
        identifiers={"doi": retracts or doi},
        language=text_at(work, "language"),
    )


def _title(work: Record) -> str:
    """With the subtitle, which Crossref keeps apart and other databases do not."""
    title, subtitle = text_at(work, "title"), text_at(work, "subtitle")
    return f"{title}: {subtitle}" if title and subtitle and subtitle.lower() not in title.lower() else title


def _author(author: Record) -> str:
    return spoken_name(text_at(author, "given"), text_at(author, "family")) or text_at(author, "name")


def _date_parts(work: Record, name: str) -> list[object] | None:
    """`[year, month, day]`, as much of it as is known."""
    parts = list_at(work, name, "date-parts", 0)
    return parts if parts and parts[0] else None


def _retracted_by(work: Record) -> str:
    """The DOI of the one work that this notice retracts; empty for any other work."""
    retracted = {text_at(one, "DOI").lower() for one in records_at(work, "update-to") if _retracts(one)}
    others = retracted - {text_at(work, "DOI").lower(), ""}
    return others.pop() if len(others) == 1 else ""


def _is_retracted(work: Record) -> bool:
    """Its publisher says so: in place, by an update to itself, or by a notice that Crossref lists."""
    own = text_at(work, "DOI").lower()
    in_place = any(_retracts(one) and text_at(one, "DOI").lower() == own for one in records_at(work, "update-to"))
    return in_place or any(_retracts(one) for one in records_at(work, "updated-by"))


def _retracts(update: Record) -> bool:
    return text_at(update, "type").lower() in RETRACTIONS


def _free_text(work: Record) -> str | None:
    """A link to the text, where a Creative Commons licence says that it is free."""
    licences = (text_at(one, "URL") for one in records_at(work, "license"))
    if not any("creativecommons.org" in licence for licence in licences):
        return None
    links = [text_at(link, "URL") for link in records_at(work, "link") if _is_for_people(link)]
    return next((link for link in links if link), text_at(work, "resource", "primary", "URL")) or None


def _is_for_people(link: Record) -> bool:
    """No XML, and not the interface that a publisher has for programs with a key."""
    try:
        host = urlsplit(text_at(link, "URL")).hostname or ""
    except ValueError:
        return False
    return not text_at(link, "content-type").endswith(("xml", "json", "plain")) and not host.startswith("api.")
