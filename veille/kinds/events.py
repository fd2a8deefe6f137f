"""A published list of conferences, in YAML, JSON or CSV, or one event as a page's front matter."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from veille.config import Source
from veille.items.entries import UnusableEntryError
from veille.items.occasions import (
    build_event,
    build_event_item,
    find_days,
    find_deadlines,
    is_event_like,
)
from veille.items.records import find_link, find_text, find_title, read_record
from veille.kinds import Ask, UnreadableError
from veille.values import Bookmark, Event, Item, Page, Rejected, Request

MOST_LEVELS = 100
MOST_VALUES = 200_000  # visited: aliases that multiply end here
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)(.*)", re.DOTALL)
ENTRY = re.compile(r"^(?=- )", re.MULTILINE)


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:  # noqa: ARG001
    """One: the list, where it moved to if it did."""
    return (Request(bookmark.url or source.url),)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The events of a list, in its order. Raises `UnreadableError`."""
    text = decode(body, headers)
    if not text.strip():
        raise UnreadableError("the answer is empty; check the address in a browser, or disable the source")
    records, rejected = _read_records(text)
    items: dict[str, Item] = {}
    for position, record in enumerate(records, start=1):
        try:
            guid = free_guid(record, items, now)
            item = build_event_item(source, record, guid=guid, base=url, now=now)
        except UnusableEntryError as error:
            rejected.append(Rejected(f"entry {position} of {url}", str(error)))
        else:
            items.setdefault(item.guid, item)
    return Page(tuple(items.values()), tuple(rejected))


def decode(body: bytes, headers: Mapping[str, str]) -> str:
    """The text of an answer: UTF-8 unless it cannot be, then what the headers say, then Windows' Latin-1."""
    declared = re.search(r"charset=[\"']?([\w-]+)", headers.get("content-type", ""))
    marked = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for encoding in (marked, declared[1] if declared else "", "cp1252"):
        try:
            return body.decode(encoding) if encoding else body.decode("ascii")
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("latin-1")


def find_guid(record: Mapping[str, Any], now: datetime) -> str:
    """The record's own identifier, else its address (else its title) and its year.

    A conference keeps its address and its name from one year to the next, and its dates may move within one.
    """
    plain = read_record(record)
    own = find_text(plain, "guid")
    if own:
        return own
    starts_on, ends_on = find_days(plain, now)
    first = starts_on or ends_on or next((one.on for one in find_deadlines(plain, now)), None)
    return f"{find_link(plain) or find_title(plain)} {first.year if first else find_text(plain, 'year')}".strip()


def free_guid(record: Mapping[str, Any], taken: Mapping[str, Item], now: datetime) -> str:
    """`find_guid`, with the title and then the day where others of the list share it; the same again for what is
    there twice."""
    guid, title, event = find_guid(record, now), find_title(read_record(record)), build_event(record, now)
    for mark in (guid, f"{guid} {title}", f"{guid} {title} {event.starts_on}"):
        other = taken.get(mark)
        if other is None:
            return mark
        if isinstance(other.details, Event) and other.details.starts_on == event.starts_on and title in other.title:
            return mark
    return mark


# --- the list in a document


def _read_records(text: str) -> tuple[list[Mapping[str, Any]], list[Rejected]]:
    data, rejected = _read_data(text.strip())
    records: list[Mapping[str, Any]] = []
    for record in _find_records(data):
        if is_event_like(record):
            records.append(record)
        else:
            rejected.append(Rejected(str(record)[:100], "it has no title, or no field for a date"))
    if not records and (rejected or not _is_empty_list(data)):
        raise UnreadableError(
            f"no list of events: no entry has a title and a date, the answer begins with {text.strip()[:60]!r}; "
            "check the address, or use the kind `page`, `ical` or `rss` for what it is"
        )
    return records, rejected


def _is_empty_list(data: object) -> bool:
    return data == [] or (isinstance(data, Mapping) and any(value == [] for value in data.values()))


def _read_data(text: str) -> tuple[object, list[Rejected]]:
    if text.startswith(("{", "[")) and not text.startswith("[["):
        return _read_json(text)
    if text.startswith("<"):
        raise UnreadableError("an HTML or XML document, not a YAML, JSON or CSV list; use the kind `page` or `rss`")
    if text.startswith("BEGIN:VCALENDAR"):
        raise UnreadableError("a calendar; use the kind `ical`")
    head = text.partition("\n")[0]
    if head.count(",") >= 2 and not re.search(r":\s|^- ", head):
        return list(csv.DictReader(text.splitlines(keepends=True))), []
    if matter := FRONT_MATTER.match(text):
        data, rejected = _read_yaml(matter[1])
        return ({"description": matter[2], **data} if isinstance(data, dict) and matter[2] else data), rejected
    return _read_yaml(text)


def _read_json(text: str) -> tuple[object, list[Rejected]]:
    """The value; of a list that breaks off or is broken, the entries before that."""
    try:
        return json.loads(text, strict=False), []
    except (ValueError, RecursionError) as error:
        problem = str(error)
    decoder = json.JSONDecoder(strict=False)
    found: list[object] = []
    at = text.find("[") + 1
    try:
        while at > 0:
            value, at = decoder.raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip(" \t\r\n,")))
            found.append(value)
    except (ValueError, RecursionError):
        pass
    if not found:
        raise UnreadableError(f"it begins like JSON but is not ({problem}); tell its publisher, or disable the source")
    return found, [Rejected(f"after entry {len(found)}", f"the JSON is broken ({problem})")]


def _read_yaml(text: str) -> tuple[object, list[Rejected]]:
    """The value, every scalar as its text; of a list with a broken entry, the other ones."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # builds no dates, no numbers, no objects
    _refuse_depth(text, loader)
    try:
        return yaml.load(text, loader), []
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problem = " ".join(str(error).split())
    found: list[object] = []
    rejected: list[Rejected] = []
    for entry in ENTRY.split(text):
        try:
            value = yaml.load(entry, loader)
            found += value if isinstance(value, list) else []
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            rejected.append(Rejected(entry[:100], f"it is not YAML: {' '.join(str(error).split())}"))
    if not found:
        raise UnreadableError(f"it is not YAML ({problem[:200]}); tell its publisher, or disable the source")
    return found, rejected


def _refuse_depth(text: str, loader: Any) -> None:
    """The loader itself goes as deep as the document does, until its process has no stack left."""
    import yaml

    depth = 0
    try:
        for event in yaml.parse(text, loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_LEVELS:
                raise UnreadableError(f"values nested over {MOST_LEVELS} levels deep, which no list of events is")
    except (yaml.YAMLError, ValueError):
        return  # reading it says so


def _find_records(data: object) -> Iterator[Mapping[str, Any]]:
    """Records that look like events, wherever they are, with the odd ones that stand in a list of such."""
    waiting: list[object] = [data]
    for _ in range(MOST_VALUES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, Mapping):
            if is_event_like(value):
                yield value
            else:
                waiting += [inner for inner in reversed(list(value.values())) if isinstance(inner, Mapping | list)]
        elif isinstance(value, list):
            if any(isinstance(one, Mapping) and is_event_like(one) for one in value[:50]):
                yield from (one for one in value if isinstance(one, Mapping))
            else:
                waiting += [one for one in reversed(value) if isinstance(one, Mapping | list)]
    raise UnreadableError(f"a document of over {MOST_VALUES:,} values (aliases that multiply?) and no list of events")
