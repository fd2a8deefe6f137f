"""Course catalogues: Open edX and edX discovery, Richie (such as FUN), MIT Learn and what lists courses like them.

They differ in names more than in shape: a list of courses, each with its runs or being one. An item is a run, so that a
new course, a new run, other dates and another language are each seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from veille.config import Source
from veille.harvest import UNREAD, parse_cursor
from veille.items.course_records import (
    ANNOUNCED,
    GUIDS,
    RUN_GUIDS,
    RUNS,
    STARTS,
    TEXTS,
    TITLES,
    Record,
    build_details,
    find_day,
    find_first,
    find_languages,
    find_link,
    find_people,
    find_text,
    find_value,
    lower_keys,
    parse_integer,
)
from veille.items.entries import UnusableEntryError, build_item
from veille.kinds import Ask, UnreadableError
from veille.values import Bookmark, Course, Item, Page, Rejected, Request, short_hash

# How each platform is asked for as many courses a page as it gives.
PAGE_SIZE = {"openedx": ("page_size", "100"), "richie": ("limit", "100"), "edx": ("page_size", "100"), "mitlearn": None}


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:  # noqa: ARG001
    """One: the page where the last run stopped, else the first. Raises `UnreadableError` for an unknown platform."""
    going_on = parse_cursor(bookmark.cursor).get("", UNREAD).next_url
    return (Request(going_on or _first_page(source), conditional=False),)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:  # noqa: ARG001
    """The course runs of a catalogue's page. Raises `UnreadableError`."""
    document = lower_keys(_read_json(body))
    courses = _find_courses(document)
    platform = _find_platform(source, document, courses, url)
    items: dict[str, Item] = {}
    rejected: list[Rejected] = []
    for position, course in enumerate(courses, start=1):
        try:
            for item in _build_runs(source, platform, course, url, now):
                if item.guid in items and isinstance(item.details, Course):  # runs that go by their course's name
                    item = replace(item, guid=f"{item.guid} {item.details.starts_on}")
                items.setdefault(item.guid, item)
        except UnusableEntryError as error:
            where = find_text(course, TITLES)[:100] or find_text(course, GUIDS)[:100] or f"course {position} of {url}"
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
    named = document.get("next") or find_value(document, "pagination.next")
    if isinstance(named, str) and named:
        asked = urlsplit(url)
        try:
            parts = urlsplit(urljoin(url, named))
        except ValueError:
            return None
        # Behind a proxy, platforms name the next page by their inner scheme or host.
        following = parts._replace(scheme=asked.scheme, netloc=asked.netloc).geturl()
        return following if following != url else None
    meta = document.get("meta")
    if not isinstance(meta, dict) or "total_count" not in meta:
        return None
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    offset = parse_integer(meta.get("offset")) or parse_integer(query.get("offset")) or 0
    if offset + seen >= (parse_integer(meta["total_count"]) or 0):
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
    if courses and not any(find_text(course, TITLES) for course in courses):
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
    if not find_text(course, TITLES):
        raise UnusableEntryError("it has no title")
    listed: list[Any] = next((course[name] for name in RUNS if isinstance(course.get(name), list)), [])
    runs = [run for run in listed if isinstance(run, dict)]
    if not runs:
        if _is_shown(course):
            yield _build_run(source, platform, course, {}, find_text(course, GUIDS), url, now)
        return
    # Runs without a name of their own (Richie's) are counted from the first: a moved start keeps its number.
    if not find_text(runs[0], RUN_GUIDS):
        runs = sorted(runs, key=lambda run: find_text(run, STARTS) or "9999")
    for number, run in enumerate(runs, start=1):
        if _is_shown(run):
            guid = f"{find_text(course, GUIDS)} {find_text(run, RUN_GUIDS) or f'run {number}'}"
            yield _build_run(source, platform, course, run, guid.strip(), url, now)


def _is_shown(record: Record) -> bool:
    hidden = record.get("status") in ("unpublished", "draft") or record.get("draft") is True
    return not hidden and record.get("published") is not False and record.get("live") is not False


def _build_run(source: Source, platform: str, course: Record, run: Record, guid: str, url: str, now: datetime) -> Item:
    both = (run, course)
    languages = find_languages(both)
    details = build_details(platform, course, run, now)
    announced = find_day(both, ANNOUNCED, now)
    item = build_item(
        source,
        guid=guid or None,
        url=find_link(platform, both, url),
        title=find_first(both, TITLES) if not _is_code(find_text(run, TITLES)) else find_text(course, TITLES),
        summary=find_first(both, TEXTS),
        base=url,
        now=now,
        authors=find_people(both),
        # An old run is old news, though it is only listed now.
        published=announced if announced and announced <= now.date() else details.starts_on,
        language=languages[0] if languages else None,
        kind="course",
        details=details,
    )
    language = source.language or (languages[0] if languages else item.language)
    # Runs share their course's page; an address of its own keeps each a story of its own.
    canonical = f"{item.canonical_url}#!{short_hash(guid)}" if run else item.canonical_url
    fingerprint = short_hash(item.fingerprint, *languages)
    return replace(item, language=language, canonical_url=canonical, fingerprint=fingerprint)


def _is_code(title: str) -> bool:
    """A run's title that is no more than a tag, such as `2T2024`."""
    return bool(title) and " " not in title and any(letter.isdigit() for letter in title)
