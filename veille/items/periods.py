"""Days and periods of days as an agenda writes them, without regard to the time of day or the time zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from veille.items.dates import parse_date
from veille.items.records import text_of
from veille.items.text import clean_text

ISO_DAY = re.compile(r"\s*(\d{4})-?(\d\d)-?(\d\d)(?!\d)")
ISO_SLASHES = re.compile(r"\s*(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
UNKNOWN_DAY = re.compile(r"tb[acd]\b|unknown|n/?a$|à (?:venir|confirmer|définir)|coming soon", re.IGNORECASE)
HAS_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
MONTH_WORD = re.compile(r"[^\W\d_]{3,}\.?")
BETWEEN = re.compile(r"\s*(?:[–—]|(?<!\d{4})-(?!\d\d-)|\bau\b|\bto\b|\bet\b|\band\b|&|\bjusqu'au\b|\buntil\b)\s*")
LATE = timedelta(days=90)  # that a list may still show what is over


def find_day(value: object, now: datetime) -> date | None:
    """The day that a value names, as written there: 23:59 anywhere on earth is that day, not the next one in UTC."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = clean_text(text_of(value), 200)
    if not text or UNKNOWN_DAY.match(text):
        return None
    if match := ISO_DAY.match(text) or ISO_SLASHES.match(text):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
    if not re.search(r"\d", text) or re.fullmatch(r"\d{1,4}|\d\d?[:h]\d\d.*|\d{4}-\d{1,2}", text):
        return None  # a bare year or month names no day, a time of day neither
    moment = parse_date(text, now)
    if moment and not HAS_YEAR.search(text) and not re.search(r"\d[/.-]\d", text) and now - moment > LATE:
        return _next_year(moment.date())  # `parse_date` looks back; what is announced is ahead
    return moment.date() if moment else None


def _next_year(day: date) -> date:
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def find_period(text: str, now: datetime) -> tuple[date | None, date | None]:
    """First and last day of "12-14 March 2026", "July 27 - August 1, 2025", "du 12 au 14 mars 2026".

    The last is None where there is one day or no telling.
    """
    text = re.sub(r"^(?:du|les?|from|on|the)\s+", "", clean_text(text, 200), flags=re.IGNORECASE)
    parts = BETWEEN.split(text) if not ISO_DAY.match(text) else re.split(r"\s*(?:/|\bau\b|\bto\b|[–—]|\s-\s)\s*", text)
    parts = [part for part in parts if re.search(r"\d", part)]
    if len(parts) < 2 or re.search(r"\d\s?[:h]\s?\d\d", text):  # what follows a time is a time
        return find_day(text, now), None
    left, right = parts[0], parts[-1]
    if not MONTH_WORD.search(right) and (month := MONTH_WORD.search(left)):
        right = f"{month[0]} {right}"
    elif not MONTH_WORD.search(left) and (month := MONTH_WORD.search(right)) and not re.search(r"[/-]", left):
        left = f"{left} {month[0]}"
    if (year := HAS_YEAR.search(right)) and not HAS_YEAR.search(left):
        left = f"{left} {year[0]}"
    first, last = find_day(left, now), find_day(right, now)
    if first is None or last is None or last < first:
        return find_day(text, now), None
    return first, last
