"""Dated things as an iCalendar file (RFC 5545): one entry a date, a whole day unless its hours are known, the same ids
each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from veille.export.values import Record
from veille.render.clipping import build_extract, clean_line, find_link
from veille.values import Course, Event
from veille.wording import has_text, say

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A date, or several on end, of a record; of one date also the hours, as far as they are known."""

    mark: str  # what it is of the record: parts its id from those of the record's other dates
    first: date
    last: date
    label: str = ""  # the key of the words before the title; empty for the event itself
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def render_ics(records: Sequence[Record], language: str, title: str) -> str:
    """A calendar of all days of these records, in the order given; ``title`` is how calendar programs call it.

    Valid without any: RFC 5545 wants a component, so that an empty calendar says which time zone it would use.
    """
    from icalendar import Calendar, Timezone, TimezoneStandard

    calendar = Calendar()
    calendar.add("prodid", f"-//veille//veille//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", clean_line(title))
    entries = [_build_entry(record, day, language) for record in _choose(records) for day in find_days(record)]
    if not entries:
        zone, standard = Timezone(), TimezoneStandard()
        zone.add("tzid", "UTC")
        standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - local time, as the format wants it
        standard.add("tzoffsetfrom", timedelta())
        standard.add("tzoffsetto", timedelta())
        zone.add_component(standard)
        entries = [zone]
    for entry in entries:
        calendar.add_component(entry)
    text: str = calendar.to_ical().decode("utf-8")
    return text


def _choose(records: Iterable[Record]) -> list[Record]:
    """One record for what a story tells several times of one beginning: its fullest one."""
    chosen: dict[tuple[str, object], Record] = {}
    for record in records:
        details = record.telling.details
        if isinstance(details, Event | Course):
            key = (record.story_id, details.starts_on)
            known = chosen.get(key)
            if known is None or _fullness(record) > _fullness(known):
                chosen[key] = record
    return list(chosen.values())


def _fullness(record: Record) -> tuple[bool, int, bool]:
    """What says that an event is off counts most: it must not be lost behind a fuller entry that does not."""
    details = record.telling.details
    cancelled = isinstance(details, Event) and details.status == "cancelled"
    return cancelled, len(find_days(record)), bool(isinstance(details, Event) and details.place)


def find_days(record: Record) -> list[Day]:
    """The event itself and its deadlines; a course's start (its end, if that is all it says) and end of enrolment."""
    details = record.telling.details
    if isinstance(details, Event):
        return [*_event_days(details)]
    if not isinstance(details, Course):
        return []
    said = [("start", details.starts_on, "agenda_start"), ("enrolment", details.enrolment_ends_on, "agenda_enrolment")]
    if details.starts_on is None:
        said.append(("end", details.ends_on, "agenda_end"))
    return [Day(mark, day, day, label) for mark, day, label in said if day]


def _event_days(event: Event) -> Iterator[Day]:
    if event.starts_on:
        last = max(event.starts_on, event.ends_on or event.starts_on)
        hours = (event.starts_at, event.ends_at) if last == event.starts_on else (None, None)
        yield Day("", event.starts_on, last, "", *hours)
    elif event.ends_on:
        yield Day("", event.ends_on, event.ends_on)
    seen: Counter[str] = Counter()
    for deadline in sorted(event.deadlines, key=lambda one: (one.on, one.kind)):
        seen[deadline.kind] += 1
        mark = f"{deadline.kind}-{seen[deadline.kind]}"
        yield Day(mark, deadline.on, deadline.on, f"agenda_{deadline.kind}")


def _build_entry(record: Record, day: Day, language: str) -> Any:
    """A day as a VEVENT. Its sequence number rises with each change that we saw, so that programs take it over."""
    from icalendar import Event as Entry

    telling = record.telling
    details = telling.details
    status = details.status if isinstance(details, Event | Course) else "planned"
    entry = Entry()
    entry.add("uid", "-".join(filter(None, [telling.item_id, day.mark])) + "@veille")
    entry.add("dtstamp", record.changed_at)
    entry.add("summary", _word_summary(record, day, status, language))
    for name, when in zip(("dtstart", "dtend"), _find_ends(day), strict=True):
        if when:
            entry.add(name, when)
    entry.add("status", "CANCELLED" if status == "cancelled" else "CONFIRMED")
    entry.add("sequence", _find_sequence(record, status))
    entry.add("transp", "TRANSPARENT")
    place = _word_place(details, language)
    if place:
        entry.add("location", place)
    link = find_link(telling.url)
    if link:
        entry.add("url", link)
    description = "\n".join(filter(None, [build_extract(telling.summary, telling.title), link]))
    if description:
        entry.add("description", description)
    if record.topics:
        entry.add("categories", [clean_line(topic) for topic in record.topics])
    return entry


def _find_ends(day: Day) -> tuple[date, date | None]:
    """Beginning and end as the format has them: hours in UTC, else days, of which the last is no part of it."""
    if day.starts_at:
        return day.starts_at.astimezone(UTC), day.ends_at.astimezone(UTC) if day.ends_at else None
    return day.first, day.last + timedelta(days=1) if day.last < date.max else day.last


def _find_sequence(record: Record, status: str) -> int:
    age = record.changed_at - record.telling.first_seen_at
    changes = max(0, age // HOUR) + (age > timedelta())
    return max(changes, 1) if status in ("cancelled", "moved") else changes


def _word_summary(record: Record, day: Day, status: str, language: str) -> str:
    """The title, after what the day is of it, and that it is off or moved: not every program shows the status."""
    title = clean_line(record.telling.title)
    if day.label:
        label = day.label if has_text(language, day.label) else "agenda_other"
        title = say(language, "agenda_day", what=say(language, label), title=title)
    if has_text(language, f"event_{status}"):
        title = say(language, "agenda_day", what=say(language, f"event_{status}"), title=title)
    return title


def _word_place(details: object, language: str) -> str:
    if isinstance(details, Course):
        return clean_line(details.provider or "")
    if not isinstance(details, Event):
        return ""
    parts = [details.place, details.country, say(language, "online") if details.online else None]
    return clean_line(", ".join(part for part in parts if part))
