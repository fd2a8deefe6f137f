"""Course catalogues: Open edX and edX discovery, Richie (such as FUN), MIT Learn and what lists courses like them.

They differ in names more than in shape: a list of courses, each with its runs or being one. An item is a run, so that a
new course, a new run, other dates and another language are each seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from veille.config import Source
from veille.dates import parse_date
from veille.effort import parse_effort, weeks_between
from veille.entries import UnusableEntryError, build_item
from veille.harvest import UNREAD, parse_cursor
from veille.kinds import Ask, UnreadableError
from veille.text import clean_text
from veille.values import Bookmark, Course, Item, Page, Rejected, Request, short_hash

# How each platform is asked for as many courses a page as it gives.
PAGE_SIZE = {"openedx": ("page_size", "100"), "richie": ("limit", "100"), "edx": ("page_size", "100"), "mitlearn": None}
FAR_AWAY = 2100  # from this year on, a date stands for "never"

Record = Mapping[str, Any]

# The names under which the platforms have the same thing, the best first; a dot leads into an object.
GUIDS = ("course_id", "readable_id", "key", "id", "uuid", "nid", "code")
RUN_GUIDS = ("key", "run_id", "courseware_id", "course_id", "id", "uuid", "run_tag")
TITLES = ("title", "name", "course_title", "co_title")
TEXTS = ("short_description", "introduction", "full_description", "description", "page.description", "body", "overview")
LINKS = ("marketing_url", "absolute_url", "external_marketing_url", "url", "page.page_url", "course_link", "link",
         "courseware_url", "homepage")  # fmt: skip
PROVIDERS = ("organization_highlighted", "owners", "authoring_organizations", "offered_by", "organizations_names",
             "provider", "partner", "department", "org", "platform", "departments")  # fmt: skip
STARTS = ("start_date", "start", "start_value", "starts_on")
ENDS = ("end_date", "end", "end_value", "ends_on")
ENROLMENT_ENDS = ("enrollment_end", "enrollment_ends", "enrolment_end")
ANNOUNCED = ("announcement", "enrollment_start", "created_on", "created", "sourcecreatedate")
EFFORTS = ("time_commitment", "effort", "page.effort", "field_time_commitment", "workload")
DURATIONS = ("duration", "page.length", "field_duration", "length")
LANGUAGES = ("content_language", "languages", "language", "content_language_search_facet_name")
RUNS = ("course_runs", "courseruns", "runs")
PEOPLE = ("instructors", "staff", "faculty")


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:  # noqa: ARG001
    """One: the page where the last run stopped, else the first. Raises `UnreadableError` for an unknown platform."""
    going_on = parse_cursor(bookmark.cursor).get("", UNREAD).next_url
    return (Request(going_on or _first_page(source), conditional=False),)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:  # noqa: ARG001
    """The course runs of a catalogue's page. Raises `UnreadableError`."""
    document = _lowered(_read_json(body))
    courses = _find_courses(document)
    platform = _find_platform(source, document, courses, url)
    items: dict[str, Item] = {}
    rejected: list[Rejected] = []
    for position, course in enumerate(courses, start=1):
        try:
            for item in _build_runs(source, platform, course, url, now):
                items.setdefault(item.guid, item)
        except UnusableEntryError as error:
            where = _text(course, TITLES)[:100] or _text(course, GUIDS)[:100] or f"course {position} of {url}"
            rejected.append(Rejected(where, str(error)))
    following = _find_next(document, len(courses), url)
    return Page(tuple(items.values()), tuple(rejected), Request(following, conditional=False) if following else None)


# --- pages


def _first_page(source: Source) -> str:
    platform = _configured_platform(source) or _platform_of_address(source.url)
    size = PAGE_SIZE.get(platform)
    parts = urlsplit(source.url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if size is None or size[0] in dict(query):
        return source.url
    return parts._replace(query=urlencode([*query, size])).geturl()


def _configured_platform(source: Source) -> str | None:
    platform = source.options.get("platform")
    if platform is None or platform in PAGE_SIZE:
        return platform
    raise UnreadableError(
        f"the platform {platform!r} is not known; write one of {', '.join(PAGE_SIZE)} into its options, or none"
    )


def _platform_of_address(url: str) -> str:
    if "/api/courses/v1/" in url:
        return "openedx"
    if "discovery" in (urlsplit(url).hostname or ""):
        return "edx"
    return "richie" if "/api/v1.0/courses" in url else "mitlearn"


def _find_platform(source: Source, document: Any, courses: Sequence[Record], url: str) -> str:
    """What the option says, else what the answer looks like."""
    if platform := _configured_platform(source):
        return platform
    keys = frozenset[str]().union(*(course.keys() for course in courses[:5]))
    if isinstance(document, dict) and "objects" in document:
        return "richie"
    if {"blocks_url", "course_id"} <= keys or {"org", "number", "pacing"} <= keys:
        return "openedx"
    return "edx" if {"uuid", "course_runs"} <= keys else _platform_of_address(url)


def _find_next(document: Any, seen: int, url: str) -> str | None:
    """The page after this one: as the answer names it, on the host that was asked, or by counting."""
    if not isinstance(document, dict) or not seen:
        return None
    named = document.get("next") or _get(document, "pagination.next")
    if isinstance(named, str) and named:
        asked, parts = urlsplit(url), urlsplit(urljoin(url, named))
        # Behind a proxy, platforms name the next page by their inner scheme or host.
        following = parts._replace(scheme=asked.scheme, netloc=asked.netloc).geturl()
        return following if following != url else None
    meta = document.get("meta")
    if not isinstance(meta, dict) or "total_count" not in meta:
        return None
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    offset = _integer(meta.get("offset")) or _integer(query.get("offset")) or 0
    if offset + seen >= (_integer(meta["total_count"]) or 0):
        return None
    return parts._replace(query=urlencode(query | {"offset": str(offset + seen)})).geturl()


# --- documents


def _read_json(body: bytes) -> Any:
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        raise UnreadableError(
            "a page instead of a course catalogue's JSON; give the address of its API, "
            "such as https://…/api/v1.0/courses/ (Richie) or https://…/api/courses/v1/courses/ (Open edX)"
        )
    try:
        return json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"it is not whole JSON ({error}); check the address in a browser") from None


def _lowered(value: Any, depth: int = 0) -> Any:
    """The document with keys in lower case: some catalogues write `Course_Id`."""
    if isinstance(value, dict) and depth < 12:
        return {str(key).lower(): _lowered(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list) and depth < 12:
        return [_lowered(inner, depth + 1) for inner in value]
    return value


def _find_courses(document: Any) -> list[Record]:
    """The courses, also those that stand within programmes."""
    rows = document if isinstance(document, list) else _rows_of(document)
    if rows is None:
        raise UnreadableError("JSON without a list of courses; check the address of the catalogue's API")
    courses: list[Record] = []
    for row in rows:
        if not isinstance(row, dict):
            continue
        inner = row.get("courses")
        inner = [course for course in inner if isinstance(course, dict)] if isinstance(inner, list) else []
        courses += inner or [row]
    if courses and not any(_text(course, TITLES) for course in courses):
        raise UnreadableError("a list of things without titles, not of courses; check the address of the API")
    return courses


def _rows_of(document: Any, depth: int = 0) -> list[Any] | None:
    """The first list of courses in an object, by the names that such lists have, however it is wrapped."""
    if not isinstance(document, dict):
        return None
    for name in ("results", "objects", "courses", "documents", "items"):
        if isinstance(document.get(name), list):
            return list(document[name])
    wrapped = (value for value in document.values() if isinstance(value, dict)) if depth < 3 else ()
    return next((rows for value in wrapped if (rows := _rows_of(value, depth + 1)) is not None), None)


# --- courses


def _build_runs(source: Source, platform: str, course: Record, url: str, now: datetime) -> Iterator[Item]:
    if not _text(course, TITLES):
        raise UnusableEntryError("it has no title")
    runs = next((course[name] for name in RUNS if isinstance(course.get(name), list)), [])
    runs = [run for run in runs if isinstance(run, dict)]
    if not runs:
        if _is_shown(course):
            yield _build_run(source, platform, course, {}, _text(course, GUIDS), url, now)
        return
    # Runs without a name of their own (Richie's) are counted from the first: a moved start keeps its number.
    if not _text(runs[0], RUN_GUIDS):
        runs = sorted(runs, key=lambda run: _text(run, STARTS) or "9999")
    for number, run in enumerate(runs, start=1):
        if _is_shown(run):
            guid = f"{_text(course, GUIDS)} {_text(run, RUN_GUIDS) or f'run {number}'}"
            yield _build_run(source, platform, course, run, guid.strip(), url, now)


def _is_shown(record: Record) -> bool:
    hidden = record.get("status") in ("unpublished", "draft") or record.get("draft") is True
    return not hidden and record.get("published") is not False and record.get("live") is not False


def _build_run(
    source: Source, platform: str, course: Record, run: Record, guid: str, url: str, now: datetime
) -> Item:
    both = (run, course)
    languages = _languages(both)
    details = _build_details(platform, course, run, now)
    announced = _day(both, ANNOUNCED, now)
    item = build_item(
        source,
        guid=guid or None,
        url=_link(platform, both, url),
        title=_first(both, TITLES) if not _is_code(_text(run, TITLES)) else _text(course, TITLES),
        summary=_first(both, TEXTS),
        base=url,
        now=now,
        authors=_people(both),
        # An old run is old news, though it is only listed now.
        published=announced if announced and announced <= now.date() else details.starts_on,
        language=languages[0] if languages else None,
        kind="course",
        details=details,
    )
    language = source.language or (languages[0] if languages else item.language)
    return replace(item, language=language, fingerprint=short_hash(item.fingerprint, *languages))


def _is_code(title: str) -> bool:
    """A run's title that is no more than a tag, such as `2T2024`."""
    return bool(title) and " " not in title and any(letter.isdigit() for letter in title)


def _build_details(platform: str, course: Record, run: Record, now: datetime) -> Course:
    both = (run, course)
    starts_on, ends_on = _day(both, STARTS, now), _day(both, ENDS, now)
    enrolment_ends_on = _day(both, ENROLMENT_ENDS, now)
    state = course.get("state")
    if platform == "richie" and not run and isinstance(state, dict):
        # A list without its runs still says the next date: the end of enrolment when open now, else the start.
        day = _day((state,), ("datetime",), now)
        if state.get("priority") in (0, 2):
            enrolment_ends_on = enrolment_ends_on or day
        elif state.get("priority") in (1, 3):
            starts_on = starts_on or day
    return Course(
        provider=clean_text(_provider(course), 200) or None,
        starts_on=starts_on,
        ends_on=ends_on,
        enrolment_ends_on=enrolment_ends_on,
        effort_hours=_effort(platform, both, starts_on, ends_on),
    )


def _effort(platform: str, both: Sequence[Record], starts_on: date | None, ends_on: date | None) -> float | None:
    """Hours in all. A run at one's own pace stays open for long, so that its dates tell no length."""
    pace = _first(both, ("pacing_type", "pacing"))
    self_paced = pace.startswith("self") or any(record.get("is_self_paced") is True for record in both)
    weeks = None if self_paced else weeks_between(starts_on, ends_on)
    low, high = _first(both, ("min_effort", "min_weekly_hours")), _first(both, ("max_effort", "max_weekly_hours"))
    if low or high:
        effort = f"{low or high} - {high or low}"
        count = _first(both, ("weeks_to_complete", "max_weeks"))
        return parse_effort(effort, f"{count} weeks" if count else _first(both, DURATIONS), weeks=weeks, weekly=True)
    return parse_effort(_first(both, EFFORTS), _first(both, DURATIONS), weeks=weeks, weekly=platform == "openedx")


def _link(platform: str, both: Sequence[Record], url: str) -> str | None:
    if platform == "openedx" and (course_id := _first(both, ("course_id", "id"))):
        return urljoin(url, f"/courses/{quote(course_id, safe=':+')}/about")
    return _first(both, LINKS) or None


def _provider(course: Record) -> str:
    for name in PROVIDERS:
        value = course.get(name)
        for one in value if isinstance(value, list) else [value]:
            if text := _text(one, ("name", "title", "key", "code")) if isinstance(one, dict) else _plain(one):
                return text
    return ""


def _people(both: Sequence[Record]) -> list[str]:
    found = next((record[name] for name in PEOPLE for record in both if isinstance(record.get(name), list)), [])
    people = [person for person in found if isinstance(person, dict)]
    spoken = (
        _text(person, ("name", "full_name"))
        or f"{_text(person, ('given_name', 'first_name'))} {_text(person, ('family_name', 'last_name'))}".strip()
        for person in people
    )
    return [name for name in spoken if name]


def _languages(both: Sequence[Record]) -> list[str]:
    """As stated, in lower case, without the region: `en-us` is `en`."""
    for record in both:
        for name in LANGUAGES:
            value = record.get(name)
            values = value if isinstance(value, list) else [value]
            codes = [_plain(one).lower().replace("_", "-").partition("-")[0] for one in values]
            if codes := [code for code in codes if len(code) in (2, 3) and code.isalpha()]:
                return list(dict.fromkeys(codes))
    return []


# --- fields


def _get(record: Record, path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _plain(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _text(record: Record, names: Sequence[str]) -> str:
    """The first of these fields that says something."""
    return next((text for name in names if (text := _plain(_get(record, name)))), "")


def _first(records: Sequence[Record], names: Sequence[str]) -> str:
    """Of the run if it says so, else of the course."""
    return next((text for record in records if (text := _text(record, names))), "")


def _day(records: Sequence[Record], names: Sequence[str], now: datetime) -> date | None:
    for record in records:
        for name in names:
            value = record.get(name)
            text = _plain(value[0] if isinstance(value, list) and value else value)
            moment = parse_date(text, now) if text else None
            if moment and 1990 <= moment.year < FAR_AWAY:
                return moment.date()
    return None


def _integer(value: Any) -> int | None:
    text = _plain(value)
    return int(text) if text.isdigit() else None
