"""Dates as people and programs write them, to aware UTC datetimes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from veille.items.written_days import MONTHS, WrittenDay, days_in_years, find_written_day, plain_text

# Offsets in hours of the zone names that feeds still use; RFC 822 has the American ones.
ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2,
    "mest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ist": 5.5,
    "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "awst": 8, "nzst": 12, "nzdt": 13, "sast": 2,
}  # fmt: skip

# As RFC 822 and most feeds have it; its accidents are read as words.
RFC_822 = re.compile(
    r"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) ([01]\d|2[0-3]):(\d\d):(\d\d)"
    r" (?:GMT|UTC|[+-]0000|([+-])(0\d|1[0-4])(\d\d))"
)
NUMERIC_ZONE = r"([+-])(\d{1,2}):?(\d{2})?"
ISO = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?|[/.](\d{1,2})[/.](\d{1,2})|(\d{2})(\d{2}))?(?!\d)"
    r"(?:[T ]\s*(\d{1,2})[:.]?(\d{2})(?:[:.]?(\d{2})(?:[.,]\d+)?)?)?\s*"
)
TIME = re.compile(
    r"(?<![\d:+-])(\d{1,2})\s?(?::|h(?:eures?)?|\.(?=\d\d\b)|uhr)\s?(\d{2})?(?::(\d{2}))?(?:[.,]\d+)?\s?(am|pm|a\.m\.|p\.m\.)?"
    r"|(?<![\d:])(\d{1,2})\s?(am|pm)\b"
)
# After a time without seconds: until when it lasts, rather than how far its zone is from UTC.
UNTIL = re.compile(r"\s*-\s?\d{1,2}(?:[:.h]|\s?[ap]\.?m|(?!\d))")
ZONE = re.compile(r"\s*\(?(?:(?:gmt|utc|ut)?\s?" + NUMERIC_ZONE + r"(?!\d)|([a-z]{1,5})\b)")


def parse_date(text: str, now: datetime) -> datetime | None:
    """The instant that a text names, in UTC; None when it names none.

    Reads RFC 822 with all its accidents, ISO 8601, seconds since 1970, and dates in words and numbers, as
    `find_written_day` does. Without a zone, the text is taken as UTC; without a time, as midnight; without a year, as
    the latest such day that is not more than a day after ``now``, a year before that if only then it has the day of the
    week that stands beside it. A month alone is its first day.
    """
    text = text.strip()
    if not text or len(text) > 200:
        return None
    try:
        if text[0].isdigit():
            return _parse_iso(text) or _parse_rfc_822(text) or _parse_words(text, now)
        return _parse_rfc_822(text) or _parse_words(text, now)
    except (ValueError, OverflowError):  # the 31st of February, the year 0
        return None


def _parse_iso(text: str) -> datetime | None:
    if text.isdigit() and len(text) in (9, 10, 13):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    match = ISO.match(text)
    if match is None:
        return None
    year, month, day, month2, day2, month3, day3, hour, minute, second = match.groups()
    rest = text[match.end() :]
    if (rest or hour) and not month and not month2 and not month3:
        return None
    moment = _moment(
        int(year), int(month or month2 or month3 or 1), int(day or day2 or day3 or 1), hour, minute, second
    )
    return _in_utc(moment, rest.lower()) if hour else moment


def _moment(year: int, month: int, day: int, hour: str | None, minute: str | None, second: str | None) -> datetime:
    """24:00 is the next midnight, and a leap second the last ordinary one."""
    hours = int(hour or 0)
    moment = datetime(
        year, month, day, 0 if hours == 24 else hours, int(minute or 0), min(int(second or 0), 59), tzinfo=UTC
    )
    return moment + timedelta(days=1) if hours == 24 else moment


def _in_utc(moment: datetime, zone_text: str) -> datetime:
    """``moment`` read in the zone that ``zone_text`` begins with; an unknown name counts as UTC."""
    match = ZONE.match(zone_text)
    if match is None:
        return moment
    sign, hours, minutes, name = match.groups()
    if sign:
        offset = timedelta(hours=int(hours[:2]), minutes=int(minutes or 0))
        if offset > timedelta(hours=15):
            return moment
        return moment - offset if sign == "+" else moment + offset
    return moment.replace(tzinfo=timezone(timedelta(hours=ZONES.get(name, 0)))).astimezone(UTC)


def _parse_rfc_822(text: str) -> datetime | None:
    match = RFC_822.fullmatch(text)
    month = MONTHS.get(match[2].lower()) if match else None
    if match is None or month is None:
        return None
    day, _, year, hour, minute, second, sign, hours, minutes = match.groups()
    moment = _moment(int(year), month, int(day), hour, minute, second)
    if not sign:
        return moment
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return moment - offset if sign == "+" else moment + offset


def _parse_words(text: str, now: datetime) -> datetime | None:
    text = plain_text(text)
    found = find_written_day(text)
    if found is None:
        return None
    before, after = text[: found.start], text[found.end :]
    time = TIME.search(after)
    zone_text = after[time.end() :] if time else ""
    if time is None and (time := TIME.search(before)):
        zone_text = before[time.end() :]
    day = date(found.year, found.month, found.day or 1) if found.year else _latest(found, now)
    if time is None:
        return _moment(day.year, day.month, day.day, None, None, None)
    hour, minute, second, half, hour2, half2 = time.groups()
    hour = _hour24(hour or hour2, half or half2)
    moment = _moment(day.year, day.month, day.day, hour, minute, second)
    return moment if not second and UNTIL.match(zone_text) else _in_utc(moment, zone_text)


def _hour24(hour: str, half: str | None) -> str:
    if not half:
        return hour
    return str(int(hour) % 12 + (12 if half.startswith("p") else 0))


def _latest(written: WrittenDay, now: datetime) -> date:
    """The latest such day up to tomorrow, in one of the two years before if it has the day of the week there."""
    tomorrow = (now + timedelta(days=1)).date()
    days = [day for day in days_in_years(written, tomorrow.year, tomorrow.year - 8) if day <= tomorrow]
    if not days:
        raise ValueError(f"no such day: {written.day}/{written.month}")
    fitting = [day for day in days[:3] if day.weekday() == written.weekday]
    return fitting[0] if fitting else days[0]
