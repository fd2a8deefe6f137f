"""What the research kinds share: queries from topics, addresses of pages, records with odd fields, and papers.

The order of asking. Each topic (or the one query that the operator gave) is a series, read page by page as
`veille.harvest` keeps it. A long list takes several runs; so that news does not wait for its end, a second series
beside it (its name ends in `/new`) asks for what came since the long reading began, and goes first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from veille.config import OPTIONS, HarvestOptions, SearchOptions, Source, Topic
from veille.harvest import UNREAD, Reading, parse_cursor
from veille.items.address import absolute_url
from veille.items.entries import UnusableEntryError, build_item
from veille.items.text import clean_text
from veille.kinds import Ask, UnreadableError
from veille.rank.stopwords import STOP_WORDS
from veille.rank.words import split_words
from veille.values import Bookmark, Item, Page, Paper, Rejected, Request

Record = Mapping[str, Any]

TOPICS = "topics"  # the query that stands for the organisation's topics
NEW = "/new"
QUERY_LIMIT = 1_500  # characters: with escapes it stays below the 4,000 that servers take in an address
TERM_LIMIT = 100
FEWEST_ROWS = 5  # on a page: a small limit shared by many topics
# What a query language reads as more than text: quotes, wildcards, ranges, fields, filters.
SYNTAX = re.compile(r"[^\w\s'’.\-]|(?<!\w)[-.]|[-.](?!\w)")
OPERATORS = frozenset({"and", "or", "not", "andnot", "to"})
NAME_SUFFIX = re.compile(r"[JS]r\.?|I{2,3}|IV|V", re.IGNORECASE)
PAGE_DASH = re.compile(r"\s*[-‐‑‒–—]+\s*")
JATS_TAG = re.compile(r"<(/?)jats:([\w-]+)[^<>]*>", re.IGNORECASE)
JATS_INLINE_WORDS = "italic bold sub sup sc underline monospace strike roman sans-serif ext-link xref named-content"
JATS_INLINE = frozenset(JATS_INLINE_WORDS.split())
LEADING_WORD = re.compile(
    r"^(?:\s|<[^<>]*>)*(?:abstract|summary|résumé|resume)(?:(?:\s*</[^<>]*>)+\s*[:.—–]?|\s*[:.—–])", re.IGNORECASE
)
LOCAL_TYPES = {
    "journal-article": "article art journal-article journal_article note editorial letter review",
    "preprint": "preprint posted-content undefined working-paper workingpaper",
    "thesis": "thesis these hdr dissertation mem bachelorthesis masterthesis doctoralthesis doctoral-thesis etabthese",
    "report": "report technicalreport creport rapport rep report-component report-series standard",
    "conference-paper": "comm poster presconf proceedings-article conference-paper conferencepaper conferenceobject",
    "book-chapter": "couv book-chapter book-section book-part bookpart reference-entry",
    "book": "ouv douv proceedings book monograph edited-book reference-book book-set book-series",
    "dataset": "dataset data-paper database",
}  # fmt: skip
_STOP = STOP_WORDS["fr"] | STOP_WORDS["en"]
TYPES = {name: type_ for type_, names in LOCAL_TYPES.items() for name in names.split()}


# --- asking


@dataclass(frozen=True, slots=True)
class Search:
    """One list to ask for: ``query`` as the operator wrote it, or else the ``terms`` of a topic, its name first."""

    series: str  # the topic's id; empty for the operator's own query
    query: str = ""
    terms: tuple[str, ...] = ()


def build_searches(source: Source, ask: Ask) -> list[Search]:
    """One for each of the organisation's topics with `query: topics`, else the one query of the options."""
    query = str(source.options.get("query", TOPICS)).strip()
    if query != TOPICS:
        return [Search("", query)]
    return [Search(topic.id, terms=_topic_terms(topic)) for topic in ask.topics]


def _topic_terms(topic: Topic) -> tuple[str, ...]:
    """Its name and keywords without what a query language would take for an order; none twice."""
    texts = (" ".join(SYNTAX.sub(" ", text).split())[:TERM_LIMIT] for text in (topic.name, *topic.keywords))
    return tuple({text.casefold(): text for text in texts if text}.values())


def write_boolean(search: Search, limit: int = QUERY_LIMIT, field: str = "") -> str:
    """Terms in Lucene's syntax, which most search APIs read: phrases quoted, OR between them; the own query as it is.

    ``field`` goes before each term (``all:`` at arXiv). A topic without keywords is asked for by the words of its
    name together: a name is seldom written as such in an abstract. Terms that do not fit into ``limit`` are left out.
    """
    if search.query:
        return search.query
    if len(search.terms) == 1:
        words = [word for word in search.terms[0].split() if not _STOP.issuperset(split_words(word))]
        return " AND ".join(field + _quoted(word) for word in words or search.terms)[:limit]
    query = ""
    for term in search.terms:
        longer = f"{query} OR {field}{_quoted(term)}" if query else field + _quoted(term)
        if len(longer) <= limit:
            query = longer
    return query


def write_words(search: Search, limit: int = 300) -> str:
    """The distinct words of the terms, for an API that ranks by words and knows no operators."""
    words = search.query or " ".join(dict.fromkeys(" ".join(search.terms).split()))
    return words if len(words) <= limit else words[:limit].rpartition(" ")[0]


def _quoted(term: str) -> str:
    return term if term.isalnum() and term.casefold() not in OPERATORS else f'"{term}"'


def build_requests(
    bookmark: Bookmark,
    ask: Ask,
    searches: Sequence[Search],
    first_page: Callable[[Search, date | None], str],
    resume: Callable[[Reading], str | None] = lambda reading: reading.next_url,
    secrets: tuple[tuple[str, str], ...] = (),
) -> list[Request]:
    """Where each series goes on: at its next page, else at ``first_page(search, since)``, the address of a new pass.

    ``resume`` gives the address of the next page where the one kept from the last run does not last.
    """
    readings = parse_cursor(bookmark.cursor)
    fresh, going_on = [], []
    for search in searches:
        reading = readings.get(search.series, UNREAD)
        if not reading.next_url:
            going_on.append((search.series, first_page(search, reading.since)))
            continue
        going_on.append((search.series, resume(reading) or first_page(search, reading.since)))
        news = readings.get(search.series + NEW, UNREAD)
        if since := _news_since(reading, news, ask.now.date()):
            fresh.append((search.series + NEW, resume(news) or first_page(search, since)))
    return [Request(url, conditional=False, series=name, secrets=secrets) for name, url in (*fresh, *going_on)]


def _news_since(reading: Reading, news: Reading, today: date) -> date | None:
    """From when on a list that is still being read has news; None on the day on which its reading began."""
    if reading.started_on is None or reading.started_on >= today:
        return None
    return max(reading.started_on, news.since) if news.since else reading.started_on


def first_date(source: Source, since: date | None, margin_days: int = 0) -> date | None:
    """What to ask from: ``since`` less a margin for what is indexed late, never before the option ``from``."""
    options = OPTIONS[source.kind].model_validate(source.options)
    stated = options.from_on if isinstance(options, SearchOptions | HarvestOptions) else None
    earliest = _first_day(stated.split("-")) if stated else None
    asked = since - timedelta(days=margin_days) if since else None
    return max((day for day in (earliest, asked) if day), default=None)


def share_rows(source: Source, searches: Sequence[Search], most: int) -> int:
    """Records to ask for on a page, so that a run reaches every series and its news within the source's limit."""
    share = (source.limit or most) // (2 * max(1, len(searches)))
    return max(min(FEWEST_ROWS, most), min(most, share))


def build_address(url: str, parameters: Mapping[str, str | int | None]) -> str:
    """The address with these query parameters set, or taken out where None; its other parameters stay."""
    parts = urlsplit(url)
    own = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in parameters]
    given = [(name, str(value)) for name, value in parameters.items() if value is not None]
    return urlunsplit(parts._replace(query=urlencode(own + given), fragment=""))


def query_value(url: str, name: str) -> str:
    """The first value of a query parameter of an address; empty when it has none."""
    return parse_qs(urlsplit(url).query).get(name, [""])[0]


def next_by_token(url: str, name: str, token: object) -> Request | None:
    """The page behind ``token``, put into the parameter ``name``; None when it is missing or the one of this page."""
    if not isinstance(token, str) or not token or token == query_value(url, name):
        return None
    return Request(build_address(url, {name: token}), conditional=False)


def polite_contact(ask: Ask) -> str | None:
    """The contact where it is a mail address, as polite pools want it."""
    return ask.contact if ask.contact and "@" in ask.contact else None


# --- reading records: every field may be missing, null or of another type


def read_json(body: bytes, headers: Mapping[str, str], expected: str) -> dict[str, Any]:
    """The answer's JSON object. Raises `UnreadableError`, which names ``expected``, such as `an answer of HAL`."""
    try:
        answer = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError):
        raise unreadable(body, headers, expected) from None
    if not isinstance(answer, dict):
        raise UnreadableError(f"a JSON {type(answer).__name__} instead of {expected}; check the source's url")
    return answer


def unreadable(body: bytes, headers: Mapping[str, str], expected: str) -> UnreadableError:
    """What an answer that is not of its format looks like, and what to do."""
    start = clean_text(body[:2_000].decode("utf-8", "replace"), 100)
    if not body.strip():
        return UnreadableError(f"an empty answer instead of {expected}; try again later, or check the source's url")
    if body.lstrip()[:1] in (b"{", b"["):
        return UnreadableError(f"JSON that breaks off or is damaged instead of {expected}; try again, or lower `limit`")
    kind = headers.get("content-type", "").partition(";")[0] or "data of no known kind"
    return UnreadableError(f'{kind} that says "{start}" instead of {expected}; check the source\'s url in a browser')


def text_at(record: object, *path: str | int) -> str:
    """The text or number at a path of names and positions; empty when there is none. A list gives its first text."""
    value = record
    for step in path:
        value = _step(value, step)
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str) and one.strip()), "")
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _step(value: object, step: str | int) -> object:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
    return value.get(step) if isinstance(value, Mapping) else None


def list_at(record: object, *path: str | int) -> list[Any]:
    """The list at a path; a single text or object counts as a list of one, anything else as none."""
    value = record
    for step in path:
        value = _step(value, step)
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str | Mapping) and value else []


def records_at(record: object, *path: str | int) -> list[Record]:
    return [one for one in list_at(record, *path) if isinstance(one, Mapping)]


def read_count(text: str) -> int:
    """A number of records; 0 for a text that is none."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


# --- papers


def build_paper(
    source: Source,
    *,
    guid: str,
    url: str | None,
    title: str,
    abstract: str,
    base: str,
    now: datetime,
    authors: Iterable[str] = (),
    published: str | date | datetime | Sequence[object] | None = None,
    year: object = None,
    venue: str | None = None,
    paper_type: str | None = None,
    is_preprint: bool | None = None,
    is_retracted: bool | None = None,
    design: str | None = None,
    open_access_url: str | None = None,
    volume: str | None = None,
    pages: str | None = None,
    identifiers: Mapping[str, str] | None = None,
    language: str | None = None,
) -> Item:
    """The item of a bibliographic record. Raises `UnusableEntryError`, also for one without a title.

    ``published`` is a date text or its parts, ``[year]`` to ``[year, month, day]``; a period stands for its first
    day, so that a work of which only an old year is known is not taken for news. ``paper_type`` is the source's own
    word (see `paper_type_of`); ``abstract`` may hold HTML or JATS.
    """
    if not clean_text(title, 500):
        raise UnusableEntryError("the record has no title")
    stated = published if isinstance(published, str | date) else _first_day(published or ())
    moment = stated or _first_day([year])
    type_ = paper_type_of(paper_type)
    stated_year = _year_of(year) or (moment.year if isinstance(moment, date) else _year_of(str(moment or "")[:4]))
    paper = Paper(
        venue=clean_text(venue or "", 300) or None,
        year=stated_year,
        type=type_,
        is_preprint=(type_ == "preprint" or None) if is_preprint is None else is_preprint,
        is_retracted=is_retracted,
        design=clean_text(design or "", 100) or None,
        open_access_url=absolute_url(open_access_url or ""),
        volume=clean_text(volume or "", 50) or None,
        pages=clean_pages(pages or "") or None,
    )
    return build_item(
        source,
        guid=guid,
        url=url,
        title=plain_jats(title),
        summary=clean_abstract(abstract),
        base=base,
        now=now,
        authors=authors,
        published=moment,
        language=language,
        kind="paper",
        identifiers=identifiers,
        details=paper,
    )


def clean_pages(pages: str) -> str:
    """`187 - 198` and `343--364` as `187-198` and `343-364`; a page that is first and last is one."""
    text = PAGE_DASH.sub("-", clean_text(pages, 50))
    first, dash, last = text.partition("-")
    return first if dash and first == last else text


def paper_type_of(word: str | None) -> str | None:
    """One of `LOCAL_TYPES` for a source's word for it (`ART`, `posted-content`, `doctoralThesis`), else `other`.

    None when the source says nothing.
    """
    if not word:
        return None
    return TYPES.get(word.strip().lower().rpartition("/")[2].replace(" ", "-"), "other")


def clean_abstract(abstract: str) -> str:
    """The abstract in HTML where it was in JATS, without the word "Abstract" that begins it as a heading."""
    return LEADING_WORD.sub("", plain_jats(abstract), count=1)


def plain_jats(text: str) -> str:
    """Crossref's ``jats:`` tags as HTML ones: those within a word go, the others part words."""
    return JATS_TAG.sub(lambda tag: "" if tag[2].lower() in JATS_INLINE else f"<{tag[1]}p>", text)


def spoken_name(given: str, family: str) -> str:
    """`Given Family`, whatever of the two is known."""
    return f"{given} {family}".strip()


def turn_name(name: str) -> str:
    """`Family, Given` as `Given Family`, `Family, Given, Jr.` as `Given Family Jr.`; any other name stays."""
    family, given, *rest = (*(part.strip() for part in name.split(",")), "")
    suffixes = [part for part in rest if part]
    if not (family and given) or len(suffixes) > 1 or not all(NAME_SUFFIX.fullmatch(part) for part in suffixes):
        return name.strip()
    return " ".join([spoken_name(given, family), *suffixes])


def _first_day(parts: Sequence[object]) -> date | None:
    """The date of its parts; a missing or impossible month or day is the first one."""
    year, month, day = (_number(part) for part in (*parts, None, None, None)[:3])
    for known in ((month, day), (month, 1), (1, 1)):
        try:
            return date(year or 0, known[0] or 1, known[1] or 1)
        except ValueError:
            continue
    return None


def _number(part: object) -> int | None:
    text = str(part).strip() if isinstance(part, int | str) and not isinstance(part, bool) else ""
    return int(text) if text.isdecimal() and len(text) <= 4 else None


def _year_of(value: object) -> int | None:
    year = _number(value)
    return year if year and 1000 <= year <= 2200 else None


# --- pages


def build_page(
    records: Iterable[object], build_one: Callable[[Record], Item], where: Callable[[Record], str], next: Request | None
) -> Page:
    """The page of these records: each becomes an item, or one `Rejected` with why; one met twice counts once."""
    items: dict[str, Item] = {}
    rejected: list[Rejected] = []
    count = 0
    for count, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            rejected.append(Rejected(f"record {count}", "it is not an object with fields"))
            continue
        try:
            item = build_one(record)
        except UnusableEntryError as error:
            rejected.append(Rejected(where(record) or f"record {count}", str(error)))
        else:
            items.setdefault(item.guid, item)
    return Page(tuple(items.values()), tuple(rejected), next if count else None)
