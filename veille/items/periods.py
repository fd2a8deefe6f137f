"""Days and periods of days as an agenda writes them, without regard to the time of day or the time zone."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from veille.items.dates import MONTHS, parse_date, plain_text
from veille.items.records import text_of
from veille.items.text import clean_text

ISO_DAY = re.compile(r"\s*(\d{4})-?(\d\d)-?(\d\d)(?!\d)")
ISO_SLASHES = re.compile(r"\s*(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
UNKNOWN_DAY = re.compile(r"tb[acd]\b|unknown|n/?a$|à (?:venir|confirmer|définir)|coming soon", re.IGNORECASE)
HAS_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
LETTERS = re.compile(r"[^\W\d_]{3,}")
BETWEEN = re.compile(
    r"\s*(?:[–—]|(?<!\d{4})-(?!\d\d-)|\bau\b|\bto\b|\bet\b|\band\b|&|\bjusqu'au\b|\buntil\b|\bal\b|\bbis\b|\btot\b"
    r"|\bà(?=\s+[^\W\d_]))\s*"
)
LISTED = re.compile(r"(?<!\d)(\d{1,2})(?:er|\.)?(?:\s*,\s*\d{1,2})*$")  # a day, or several, without their month
NUMBERED = re.compile(r"(?:.*\s)?(\d{1,2}[/.]\d{1,2})\.?")  # a day in numbers, without its year
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
        return _move_years(moment.date(), 1)  # `parse_date` looks back; what is announced is ahead
    return moment.date() if moment else None


def _move_years(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def find_period(text: str, now: datetime) -> tuple[date | None, date | None]:
    """First and last day of "12-14 March 2026", "July 27 - August 1, 2025", "du 12 au 14 mars 2026".

    Months without days, as in "de mai à octobre 2026", are the first day of the one and the last of the other. The last
    is None where there is one day or no telling.
    """
    text = re.sub(r"^(?:du|les?|from|on|the)\s+", "", clean_text(text, 200), flags=re.IGNORECASE)
    parts = BETWEEN.split(text) if not ISO_DAY.match(text) else re.split(r"\s*(?:/|\bau\b|\bto\b|[–—]|\s-\s)\s*", text)
    parts = [part for part in parts if re.search(r"\d", part) or _is_month(part)]
    if len(parts) < 2 or re.search(r"\d\s?[:h]\s?\d\d", text):  # what follows a time is a time
        return find_day(text, now), None
    left, right = _complete(parts[0], parts[-1])
    first, last = find_day(left, now), find_day(right, now)
    if last and _find_month(parts[-1]) and not re.search(r"\d", HAS_YEAR.sub("", parts[-1])):
        last = last.replace(day=monthrange(last.year, last.month)[1])
    if first and last and last < first and not HAS_YEAR.search(parts[0]) and HAS_YEAR.search(right):
        first = _move_years(first, -1)  # over the turn of the year
    if first is None or last is None or last < first:
        return find_day(text, now), None
    return first, last


def _complete(left: str, right: str) -> tuple[str, str]:
    """Both ends of a period, each with the month and the year that only the other one names."""
    month = _find_month(left)
    if not _find_month(right) and month:
        right = f"{month} {right}"
    elif not month and (month := _find_month(right)) and (day := LISTED.search(left)):
        left = f"{day[1]} {month}"
    if (year := HAS_YEAR.search(right)) and not HAS_YEAR.search(left):
        numbers = NUMBERED.fullmatch(left)
        left = f"{numbers[1]}{numbers[1].strip('0123456789')}{year[0]}" if numbers else f"{left} {year[0]}"
    return left, right


def _is_month(text: str) -> bool:
    """Whether a text has a month's name and nothing else: "de mai", but not "Champ de Mars"."""
    return len(LETTERS.findall(text)) == 1 and _find_month(text) is not None


def _find_month(text: str) -> str | None:
    """The first name of a month in a text, as it is written there."""
    return next((word for word in LETTERS.findall(text) if plain_text(word) in MONTHS), None)
