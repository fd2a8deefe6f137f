"""OpenAlex, the open index of works: the most relevant first, read on by cursor.

Documented at https://developers.openalex.org. Without a key a hundred searches a day are free; a key goes into the
query as a secret. Asking by day of indexing is for paying users, so that works are asked for by day of publication,
from some weeks before: what was read before is met again and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
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
    next_by_token,
    polite_contact,
    read_json,
    records_at,
    share_rows,
    text_at,
    write_boolean,
)
from veille.values import Bookmark, Item, Page, Request

ENDPOINT = "https://api.openalex.org/works"
MOST_ROWS = 100
FIRST_DAYS = 730  # as far back as a first pass goes without `from`: by relevance, all years would come mixed
LATE_DAYS = 30  # between publication and indexing
ABSTRACT_WORDS = 1_500


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:
    """One a topic, or the one of the given query."""
    searches = build_searches(source, ask)

    def first_page(search: Search, since: date | None) -> str:
        day = first_date(source, since, LATE_DAYS) or ask.now.date() - timedelta(days=FIRST_DAYS)
        parameters: dict[str, str | int | None] = {
            "search": write_boolean(search),
            "filter": f"from_publication_date:{day.isoformat()}",
            "per-page": share_rows(source, searches, MOST_ROWS),
            "mailto": polite_contact(ask),
            "cursor": "*",
        }
        return build_address(source.url or ENDPOINT, parameters)

    secrets = (("api_key", ask.api_key),) if ask.api_key else ()
    return build_requests(bookmark, ask, searches, first_page, secrets=secrets)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The works of a page of results. Raises `UnreadableError`."""
    answer = read_json(body, headers, "an answer of OpenAlex")
    results = answer.get("results")
    if not isinstance(results, list):
        said = text_at(answer, "message") or text_at(answer, "error")
        raise UnreadableError(
            f"OpenAlex refuses the search: {said[:300]}; check `query`"
            if said
            else "JSON without OpenAlex's list of results; check the source's url"
        )
    return build_page(
        results,
        partial(_build_work, source, url, now),
        lambda work: text_at(work, "id") or text_at(work, "doi"),
        next_by_token(url, "cursor", text_at(answer, "meta", "next_cursor")),
    )


def _build_work(source: Source, base: str, now: datetime, work: Record) -> Item:
    doi = text_at(work, "doi") or text_at(work, "ids", "doi")
    place = work.get("primary_location")
    retracted = work.get("is_retracted")
    return build_paper(
        source,
        guid=text_at(work, "id").rpartition("/")[2] or doi,
        url=doi or text_at(place, "landing_page_url") or text_at(work, "id"),
        title=text_at(work, "title") or text_at(work, "display_name"),
        abstract=read_inverted(work.get("abstract_inverted_index")),
        base=base,
        now=now,
        authors=[
            text_at(one, "author", "display_name") or text_at(one, "raw_author_name")
            for one in records_at(work, "authorships")
        ],
        published=text_at(work, "publication_date") or None,
        year=text_at(work, "publication_year"),
        venue=text_at(place, "source", "display_name") or text_at(place, "raw_source_name"),
        paper_type=text_at(work, "type"),
        is_retracted=retracted if isinstance(retracted, bool) else None,
        design=_design(work),
        open_access_url=text_at(work, "best_oa_location", "pdf_url")
        or text_at(work, "open_access", "oa_url")
        or text_at(work, "best_oa_location", "landing_page_url"),
        volume=text_at(work, "biblio", "volume"),
        pages="-".join(
            dict.fromkeys(filter(None, (text_at(work, "biblio", "first_page"), text_at(work, "biblio", "last_page"))))
        ),
        identifiers={"doi": doi, "arxiv": _arxiv_address(work)},
        language=text_at(work, "language"),
    )


def read_inverted(index: object) -> str:
    """The abstract out of its inverted index, which maps each word to its places; gaps and odd places are skipped."""
    if not isinstance(index, Mapping):
        return ""
    words = [
        (place, str(word))
        for word, places in index.items()
        if isinstance(places, list)
        for place in places
        if isinstance(place, int)
    ]
    return " ".join(word for _, word in sorted(words)[:ABSTRACT_WORDS])


def _design(work: Record) -> str | None:
    """The first of OpenAlex's own `study_designs`, where it has judged the work: a name, or an object with one."""
    designs = work.get("study_designs")
    first = designs[0] if isinstance(designs, list) and designs else designs
    return (text_at(first, "display_name") if isinstance(first, Mapping) else text_at(work, "study_designs")) or None


def _arxiv_address(work: Record) -> str:
    """arXiv's number where one of the places of the work is arXiv; its address serves as well."""
    places = [work.get("primary_location"), work.get("best_oa_location"), *records_at(work, "locations")]
    addresses = (text_at(place, "landing_page_url") for place in places)
    return next((address for address in addresses if "arxiv.org/" in address), "")
