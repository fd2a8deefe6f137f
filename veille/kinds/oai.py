"""OAI-PMH 2.0: open archives, journals and theses that publish their records as Dublin Core.

http://www.openarchives.org/OAI/openarchivesprotocol.html. Dates are asked for by the day, which every repository
understands; they are those of the record, not of the work, so an edited record comes again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from veille.config import HarvestOptions, Source
from veille.harvest import UNREAD, parse_cursor
from veille.items.entries import UnusableEntryError
from veille.items.identifiers import bare_identifier
from veille.kinds import Ask, UnreadableError
from veille.kinds.scholarly import (
    TYPES,
    Record,
    Search,
    build_address,
    build_page,
    build_paper,
    build_requests,
    first_date,
    list_at,
    query_value,
    text_at,
    turn_name,
)
from veille.kinds.xml_tree import Element, local_name, read_tree, text_of
from veille.values import Bookmark, Item, Page, Request

EXPECTED = "an OAI-PMH answer"
DUBLIN_CORE = ("{http://purl.org/dc/elements/1.1/}", "{http://purl.org/dc/terms/}")
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# A token that the repository no longer knows fails for ever; a server that is down fails too, and comes back.
FAILURES_OF_A_TOKEN = 2
ADVICE = {
    "badResumptionToken": "it forgot its place in a long list, which is begun again after two such runs; "
    "if that happens often, raise the option `limit` or set `from`",
    "cannotDisseminateFormat": "correct the option `metadata_prefix`; every repository has oai_dc",
    "noSetHierarchy": "it has no sets: take out the option `set`",
    "badVerb": "check the source's url: it must be the repository's base URL",
}
SHORT = 100  # characters: a description that says "24 pages" or "International audience" is no abstract
LANGUAGES = {
    "deu": "de", "dut": "nl", "dutch": "nl", "eng": "en", "english": "en", "español": "es", "fra": "fr",
    "français": "fr", "fre": "fr", "french": "fr", "ger": "de", "german": "de", "ita": "it", "nld": "nl", "por": "pt",
    "spa": "es", "spanish": "es",
}  # fmt: skip
DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?![\d/])")
# `10.` or a resolver; and how repositories name the work's own identifier in another system.
OTHER_DOI = re.compile(r"info:eu-repo/semantics/altIdentifier/(?:pis)?doi/", re.IGNORECASE)
FILE = re.compile(r"\.pdf$|/document$|/download/|/bitstreams?/", re.IGNORECASE)
NO_VENUE = re.compile(r"https?:|(?:e-?)?issn|isbn|doi\b|urn:|\d{4}-\d{3}[\dx]$|hal ccsd$|ccsd$", re.IGNORECASE)
VOLUME = re.compile(r"\bvol(?:ume)?\.?\s*(\w+)", re.IGNORECASE)
PAGES = re.compile(r"(?:;|\bpp?\.)\s*([A-Z]?\d+\s?[-–]\s?[A-Z]?\d+)")  # behind a journal's issue: `...; 15-32`


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:
    """One: the list of records changed since the last reading, or where a long list goes on."""
    options = HarvestOptions.model_validate(source.options)

    def first_page(search: Search, since: date | None) -> str:  # noqa: ARG001 - what is asked for is in the options
        start = first_date(source, since, margin_days=1)
        chosen = {"metadataPrefix": options.metadata_prefix, "set": options.set}
        return build_address(
            source.url, {"verb": "ListRecords", **chosen, "from": start.isoformat() if start else None}
        )

    if bookmark.consecutive_failures >= FAILURES_OF_A_TOKEN:
        since = parse_cursor(bookmark.cursor).get("", UNREAD).since
        return [Request(first_page(Search(""), since), conditional=False)]
    return build_requests(bookmark, ask, [Search("")], first_page)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The works of a page; deleted records are none. Raises `UnreadableError`, with the repository's own words."""
    answer = read_tree(body, headers, "OAI-PMH", EXPECTED)
    named = {local_name(child): child for child in answer}
    if "error" in named:
        return _read_error(named["error"])
    if "ListRecords" not in named:
        raise UnreadableError(
            f"{EXPECTED} without a list of records; the source's url must be the repository's base URL"
        )
    children = list(named["ListRecords"])
    records = [_read_record(child) for child in children if local_name(child) == "record"]
    page = build_page(
        [record for record in records if not record["deleted"]],
        lambda record: _build_item(source, record, url, now),
        lambda record: text_at(record, "guid"),
        None,
    )
    token = next((text_of(child) for child in children if local_name(child) == "resumptionToken"), "")
    return replace(page, next=_next_page(url, token))


def _read_error(error: Element) -> Page:
    code = error.get("code", "")
    if code == "noRecordsMatch":
        return Page()
    said, advice = " ".join(text_of(error).split())[:200], ADVICE.get(code, "check the source's options")
    raise UnreadableError(f'the repository answers {code or "with an error"} "{said}": {advice}')


def _next_page(url: str, token: str) -> Request | None:
    """The token stands alone beside the verb; one that led here would lead here again."""
    if not token or token == query_value(url, "resumptionToken"):
        return None
    alone = dict.fromkeys(("metadataPrefix", "set", "from", "until"))
    return Request(build_address(url, {**alone, "verb": "ListRecords", "resumptionToken": token}), conditional=False)


def _read_record(record: Element) -> dict[str, object]:
    """Its identifier, and the texts of each Dublin Core field with their languages, as ``[language, text]``."""
    parts = {local_name(child): child for child in record}
    header = parts.get("header")
    named = {local_name(child): text_of(child) for child in header} if header is not None else {}
    fields: dict[str, list[list[str]]] = {}
    for element in parts["metadata"].iter() if "metadata" in parts else ():
        if isinstance(element.tag, str) and element.tag.startswith(DUBLIN_CORE) and (text := text_of(element)):
            fields.setdefault(local_name(element).lower(), []).append([_language(element.get(XML_LANG, "")), text])
    deleted = header is not None and header.get("status") == "deleted"
    return {"guid": named.get("identifier", ""), "deleted": deleted, "fields": fields}


def _language(code: str) -> str:
    """`fr` for fr, fra, fre, fr-CA, French; as far as it is one of ours."""
    word = code.strip().lower().partition("-")[0].partition("_")[0]
    return LANGUAGES.get(word, word if len(word) == 2 else "")


def _build_item(source: Source, record: Record, url: str, now: datetime) -> Item:
    if not record["fields"]:
        raise UnusableEntryError("it has no Dublin Core; use `metadata_prefix: oai_dc`")
    language = _language(next(iter(_texts(record, "language")), ""))
    links = [text for text in _texts(record, "identifier") if text.startswith(("http://", "https://"))]
    doi = _find_doi(record)
    place = next((text for text in _texts(record, "source") if not NO_VENUE.match(text)), "")
    maker = next((text for text in _texts(record, "publisher") if not NO_VENUE.match(text)), "")
    day = _find_day(record)
    pages = PAGES.search(place)
    return build_paper(
        source,
        guid=text_at(record, "guid"),
        url=_find_address(links, doi),
        title=_pick_title(record, language),
        abstract=_pick_abstract(record, language),
        base=url,
        now=now,
        authors=[turn_name(name) for text in _texts(record, "creator") for name in text.split(";")],
        published=day,
        venue=place.partition(";")[0] or maker,
        paper_type=_find_type(record),
        open_access_url=_find_open_file(record, links),
        volume=found[1] if (found := VOLUME.search(place)) else None,
        pages=pages[1].replace(" ", "") if pages else None,
        identifiers={"doi": doi} if doi else {},
        language=language or None,
    )


def _texts(record: Record, name: str) -> list[str]:
    return [text for _, text in list_at(record, "fields", name)]


def _pick_title(record: Record, language: str) -> str:
    """The one in the work's own language; else the first, which is the original by custom."""
    titles = list_at(record, "fields", "title")
    own = [text for code, text in titles if code and code == language]
    return str((own or [text for _, text in titles] or [""])[0])


def _pick_abstract(record: Record, language: str) -> str:
    """The longest description in the work's own language (or in none that is told), unless all of these are remarks."""
    told = list_at(record, "fields", "abstract") + list_at(record, "fields", "description")
    own = max((text for code, text in told if code in (language, "")), key=len, default="")
    return str(own if len(own) >= SHORT else max((text for _, text in told), key=len, default=""))


def _find_doi(record: Record) -> str | None:
    """From what identifies the work; a relation counts only where it says that it does so too."""
    stated = [text for text in _texts(record, "identifier") if "10." in text]
    stated += [text for text in _texts(record, "relation") if OTHER_DOI.match(text)]
    return next((doi for text in stated if (doi := bare_identifier("doi", text))), None)


def _find_address(links: Sequence[str], doi: str | None) -> str | None:
    """The work's page in the repository; else its DOI, else a file, else none: it stands on the base URL."""
    pages = [link for link in links if not FILE.search(link) and "doi.org/" not in link]
    return next(iter(pages), f"https://doi.org/{doi}" if doi else next(iter(links), None))


def _find_open_file(record: Record, links: Sequence[str]) -> str | None:
    """A file that the record names, else the work's page when its rights say open access."""
    related = [text for text in _texts(record, "relation") if text.startswith(("http://", "https://"))]
    file = next((link for link in (*links, *related) if FILE.search(link)), None)
    is_open = any(text.lower().endswith("openaccess") for text in _texts(record, "rights"))
    return file or (next(iter(links), None) if is_open else None)


def _find_day(record: Record) -> list[object] | None:
    """The earliest of its dates, which is that of the work: the others say when it was deposited and made available.

    Of the dates of a year, one that tells the day counts more than the year alone.
    """
    told = _texts(record, "issued") + _texts(record, "date")
    dates: list[list[object]] = [list(found.groups()) for text in told if (found := DAY.match(text))]
    return min(dates, key=lambda parts: (str(parts[0]), parts.count(None), str(parts)), default=None)


def _find_type(record: Record) -> str | None:
    """The first of its types that we know; repositories add "text", "peer reviewed" and the name of their own."""
    said = [text.lower().rpartition("/")[2].rstrip("s").replace(" ", "-") for text in _texts(record, "type")]
    known = (word for word in said if word in TYPES)
    return next(known, next((word + "s" for word in said if word + "s" in TYPES), "other" if said else None))
