"""Calendars (iCalendar, RFC 5545): each event once, a series within its horizon."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from veille.config import CalendarOptions, Source
from veille.items.entries import UnusableEntryError
from veille.items.occasions import build_event_item
from veille.kinds import Ask, UnreadableError
from veille.kinds.events import decode
from veille.values import Bookmark, Item, Page, Rejected, Request, Series

Component = Any  # icalendar.Event

FEW = 6  # a series that comes at most so many times in a year is told one by one
DAY, YEAR = timedelta(days=1), timedelta(days=366)
# The last: a step of nothing, which never gets anywhere.
SEVERAL_A_DAY = re.compile(
    r"FREQ=(?:SECOND|MINUTE|HOUR)LY|BY(?:HOUR|MINUTE|SECOND)=[^;]*,|INTERVAL=-|INTERVAL=0+(?!\d)"
)
START = re.compile(r"^\s*BEGIN:(?:VCALENDAR|VEVENT)\s*$", re.MULTILINE | re.IGNORECASE)
END = re.compile(r"^END:VCALENDAR\s*\Z", re.MULTILINE | re.IGNORECASE)
CONTENT_LINE = re.compile(r"[A-Za-z0-9-]+(?:;(?:[^:\"]|\"[^\"]*\")*)?:")
LONG_TEXT = re.compile(r"DESCRIPTION|COMMENT|X-ALT-DESC", re.IGNORECASE)
MEETINGS = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:  # noqa: ARG001
    """One: the calendar, where it moved to if it did."""
    return (Request(bookmark.url or source.url),)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The events of a calendar.

    A series that comes at most `FEW` times a year has an item for each occurrence from now to ``horizon_days`` ahead,
    with the occurrence's own day in its guid. A denser one is one item under the series' guid, dated with its next
    occurrence. Days are those of the event's own time zone. Raises `UnreadableError`.
    """
    text = decode(body, headers)
    if not START.search(text):
        raise UnreadableError(_looks_like(text))
    blocks, zones, settings = _split(text)
    events, rejected = _read_events(blocks, zones)
    horizon = timedelta(days=CalendarOptions.model_validate(source.options).horizon_days)
    items: dict[str, Item] = {}
    whole: list[Series] = []
    for guid, several in _by_identity(events).items():
        try:
            told, series = _expand(guid, several, now, horizon)
            for own_guid, record in [(own_guid, _record_of(event, settings)) for own_guid, event in told]:
                record["recurs"] = series is None and own_guid == guid and _recurs(several)
                item = build_event_item(source, record, guid=own_guid, base=url, now=now)
                items.setdefault(item.guid, item)
            whole += [series] if series else []
        except UnusableEntryError as error:
            rejected.append(Rejected(guid, str(error)))
        except Exception as error:  # the libraries promise nothing for values that are broken
            rejected.append(Rejected(guid, _problem(error)))
    # What breaks off may lack days, or the end of a rule.
    return Page(tuple(items.values()), tuple(rejected), series=tuple(whole) if END.search(text) else ())


def _looks_like(text: str) -> str:
    found = " ".join(text.split())[:60]
    what = f"no calendar: the answer begins with {found!r}" if found else "the answer is empty"
    return f"{what}; check the address in a browser, or use the kind that it is of (`page`, `rss`, `events`)"


def _problem(error: Exception) -> str:
    return f"it cannot be read ({type(error).__name__}: {str(error)[:200]})"


# --- from text to components


def _split(text: str) -> tuple[list[str], list[str], dict[str, str]]:
    """The events' and the time zones' blocks, whole even where an END is missing, and the calendar's own settings.

    Alarms go, a line that is none (bad folding) goes on with the one before.
    """
    blocks: dict[str, list[list[str]]] = {"VEVENT": [], "VTIMEZONE": []}
    settings: dict[str, str] = {}
    inside: str | None = None  # VEVENT, VTIMEZONE
    skipped: str | None = None  # an alarm, a to-do
    for line in _unfold(text):
        word, _, name = line.strip().upper().partition(":")
        if word == "BEGIN" and (name in blocks or name == "VCALENDAR"):
            inside, skipped = (name, None) if name in blocks else (None, None)
            if inside:
                blocks[inside].append([])
        elif word == "END" and name in (inside, "VCALENDAR"):
            inside = skipped = None
        elif word == "BEGIN" and not (inside == "VTIMEZONE" and name in ("STANDARD", "DAYLIGHT")):
            skipped = skipped or name
        elif word == "END" and name == skipped:
            skipped = None
        elif inside and not skipped:
            _add_line(blocks[inside][-1], line)
        elif not inside and not skipped and ":" in line:
            settings.setdefault(word.partition(";")[0], line.partition(":")[2].strip())
    events, zones = (["\r\n".join(lines) for lines in blocks[name]] for name in ("VEVENT", "VTIMEZONE"))
    return events, zones, settings


def _unfold(text: str) -> Iterator[str]:
    text = re.sub(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85]", "\n", text).replace("\0", "")
    return (line for line in re.sub(r"\n[ \t]", "", text).split("\n") if line.strip())


def _add_line(lines: list[str], line: str) -> None:
    if CONTENT_LINE.match(line):
        lines.append(line)
    elif lines and LONG_TEXT.match(lines[-1]):
        lines[-1] += " " + line.strip()


def _read_events(blocks: Sequence[str], zones: Sequence[str]) -> tuple[list[Component], list[Rejected]]:
    """All at once; where that fails, one by one, so that a broken event costs only itself."""
    try:
        return _parse_blocks(blocks, zones), []
    except Exception:  # of whatever kind: the second try tells which
        pass
    usable = [zone for zone in zones if _is_readable(zone)]
    events: list[Component] = []
    rejected: list[Rejected] = []
    for position, block in enumerate(blocks, start=1):
        try:
            events += _parse_blocks([block], usable)
        except Exception as error:
            rejected.append(Rejected(f"event {position}", _problem(error)))
    return events, rejected


def _is_readable(zone: str) -> bool:
    try:
        _parse_blocks([], [zone])
    except Exception:
        return False
    return True


def _parse_blocks(blocks: Sequence[str], zones: Sequence[str]) -> list[Component]:
    from warnings import catch_warnings, simplefilter

    from icalendar import Calendar

    parts = [f"BEGIN:VTIMEZONE\r\n{zone}\r\nEND:VTIMEZONE\r\n" for zone in zones]
    parts += [f"BEGIN:VEVENT\r\n{block}\r\nEND:VEVENT\r\n" for block in blocks]
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-\r\n{''.join(parts)}END:VCALENDAR\r\n"
    with catch_warnings():
        simplefilter("ignore")  # of zones whose names it had to guess
        return list(Calendar.from_ical(text).walk("VEVENT"))


# --- series


def _by_identity(events: Sequence[Component]) -> dict[str, list[Component]]:
    """Events by UID. One UID for events with different titles names none of them."""
    found: dict[str, list[Component]] = {}
    for event in events:
        found.setdefault(_text(event, "UID"), []).append(event)
    apart: dict[str, list[Component]] = {}
    for uid, several in found.items():
        masters = [event for event in several if "RECURRENCE-ID" not in event]
        if uid and (len(masters) < 2 or len({_text(event, "SUMMARY") for event in masters}) == 1):
            apart[uid] = several
            continue
        for event in several:
            start = _moment(event, "DTSTART")
            mark = f"{uid} {_text(event, 'SUMMARY')} {start.isoformat() if start else ''}"
            apart.setdefault(mark.strip(), []).append(event)
    return apart


def _expand(
    guid: str, several: Sequence[Component], now: datetime, horizon: timedelta
) -> tuple[list[tuple[str, Component]], Series | None]:
    """Guids and events: the event itself, or the occurrences of a series that are news, and the days told in full."""
    masters = sorted((event for event in several if "RECURRENCE-ID" not in event), key=_version)
    overrides = sorted((event for event in several if "RECURRENCE-ID" in event), key=_version)
    master = masters[-1] if masters else None  # the latest version of it
    apart = [(_occurrence_guid(guid, event), event) for event in reversed(overrides)]
    if master is None or not _recurs([master]):
        return [*([(guid, master)] if master is not None else []), *apart], None
    upcoming, first_year = _occurrences(master, overrides, now, horizon)
    if not first_year:
        return [(guid, master)], None
    if len(first_year) > FEW:
        held = [event for event in upcoming if _text(event, "STATUS").upper() != "CANCELLED"]
        return [(guid, (held or upcoming or [master])[0])], None
    told = [(_occurrence_guid(guid, event), event) for event in upcoming or first_year[-1:]]
    series = Series(guid, (now + DAY).date(), (now + horizon - DAY).date())
    known = {own_guid for own_guid, _ in told}
    # Moved beyond the horizon, or to before now.
    return told + [one for one in apart if one[0] not in known and _is_within(series, one[1])], series


def _recurs(events: Sequence[Component]) -> bool:
    return any("RRULE" in event or "RDATE" in event for event in events)


def _is_within(series: Series, event: Component) -> bool:
    day = _moment(event, "RECURRENCE-ID")
    return day is not None and series.since.isoformat() <= f"{day:%Y-%m-%d}" <= series.until.isoformat()


def _occurrences(
    master: Component, overrides: Sequence[Component], now: datetime, horizon: timedelta
) -> tuple[list[Component], list[Component]]:
    """Those from now to the horizon, and those of the year after the series' start; none for a rule that cannot be
    read or that repeats an event several times a day."""
    import recurring_ical_events
    from icalendar import Calendar

    start = _moment(master, "DTSTART")
    if start is None or SEVERAL_A_DAY.search(_rule(master)):
        return [], []
    calendar = Calendar()
    for event in (master, *overrides):
        calendar.add_component(event)
    try:
        query = recurring_ical_events.of(calendar)
        found = query.between(now - DAY, now + horizon), query.between(start, start + YEAR)
    except Exception:  # it promises nothing for rules that are broken: the event is told, its series is not
        return [], []
    upcoming, first_year = (sorted(several, key=lambda event: str(_moment(event, "DTSTART"))) for several in found)
    return upcoming, first_year


def _occurrence_guid(guid: str, event: Component) -> str:
    """By the day for which the series has it, so that an occurrence keeps its guid when it moves."""
    day = _moment(event, "RECURRENCE-ID") or _moment(event, "DTSTART")
    return f"{guid}/{day:%Y-%m-%d}" if day else guid


def _version(event: Component) -> tuple[int, str]:
    try:
        sequence = int(_text(event, "SEQUENCE") or 0)
    except ValueError:
        sequence = 0
    stamp = _moment(event, "LAST-MODIFIED") or _moment(event, "DTSTAMP")
    return sequence, stamp.isoformat() if stamp else ""


def _rule(event: Component) -> str:
    rules = event.get("RRULE", [])
    return " ".join(rule.to_ical().decode() for rule in (rules if isinstance(rules, list) else [rules]) if rule)


# --- one event


def _record_of(event: Component, settings: Mapping[str, str]) -> dict[str, object]:
    zone = _zone(settings.get("X-WR-TIMEZONE", ""))
    starts_on, ends_on = _days(event, zone)
    starts_at, ends_at = _hours(event, zone)
    cancelled = settings.get("METHOD", "").upper() == "CANCEL"
    return {
        "title": _text(event, "SUMMARY"),
        "inlanguage": _language(event),
        "description": _text(event, "DESCRIPTION") or _text(event, "X-ALT-DESC"),
        "keywords": [text for text in _texts(event, "CATEGORIES") if text],
        "url": _text(event, "URL"),
        "startdate": starts_on,
        "enddate": ends_on,
        "startsat": starts_at,
        "endsat": ends_at,
        "previousstartdate": _planned_day(event, zone),
        "location": _text(event, "LOCATION") or _geo(event),
        "online": True if any(name in event for name in MEETINGS) else None,
        "status": "cancelled" if cancelled else _text(event, "STATUS"),
        "created": _text(event, "CREATED"),
    }


def _language(event: Component) -> str:
    """What is declared of the title."""
    return str(getattr(event.get("SUMMARY"), "params", {}).get("LANGUAGE", ""))


def _days(event: Component, zone: tzinfo | None) -> tuple[date | None, date | None]:
    """First and last day: an end at midnight, or an all-day event's, is not part of it."""
    start, end = _ends(event)
    first = _day(start, zone)
    if start is None or end is None:
        return first, None
    if isinstance(end, datetime):
        return first, _day(end - timedelta(seconds=1), zone)
    return first, max(first or end, end - timedelta(days=1))


def _hours(event: Component, zone: tzinfo | None) -> tuple[datetime | None, datetime | None]:
    """When it begins and ends, of an event that is not of whole days."""
    start, end = _ends(event)
    return (
        _local(start, zone) if isinstance(start, datetime) else None,
        _local(end, zone) if isinstance(end, datetime) else None,
    )


def _ends(event: Component) -> tuple[date | None, date | None]:
    start, end = _moment(event, "DTSTART"), _moment(event, "DTEND")
    length = _python_value(event, "DURATION")
    if start and end is None and isinstance(length, timedelta):
        end = start + length
    return start, end


def _planned_day(event: Component, zone: tzinfo | None) -> date | None:
    """For an occurrence: the day on which the series has it. Another one than its own means that it was moved."""
    return _day(_moment(event, "RECURRENCE-ID"), zone)


def _day(moment: date | None, zone: tzinfo | None) -> date | None:
    return _local(moment, zone).date() if isinstance(moment, datetime) else moment


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    """An instant in UTC, or without a zone, in the calendar's own one."""
    if zone is None:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=zone)
    return moment.astimezone(zone) if moment.utcoffset() == timedelta(0) else moment


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):
        return None


def _moment(event: Component, name: str) -> date | None:
    """A day, or an instant; None where there is none or it is broken."""
    found = _python_value(event, name)
    return found if isinstance(found, date) else None


def _python_value(event: Component, name: str) -> object:
    value = event.get(name)
    try:
        return getattr(value[0] if isinstance(value, list) and value else value, "dt", None)
    except Exception:  # the library's word for what it could not read
        return None


def _text(event: Component, name: str) -> str:
    return next(iter(_texts(event, name)), "")


def _texts(event: Component, name: str) -> list[str]:
    values = event.get(name, [])
    texts: list[str] = []
    for value in values if isinstance(values, list) else [values]:
        if hasattr(value, "cats"):
            texts += [str(one) for one in value.cats]
        elif hasattr(value, "dt"):
            texts.append(value.dt.isoformat() if isinstance(value.dt, date) else "")
        else:
            texts.append(str(value).strip())
    return texts


def _geo(event: Component) -> str:
    value = event.get("GEO")
    latitude, longitude = getattr(value, "latitude", None), getattr(value, "longitude", None)
    return f"{latitude:.4f} {longitude:.4f}" if latitude is not None and longitude is not None else ""
