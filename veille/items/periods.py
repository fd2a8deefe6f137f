"""Days and periods of days as an agenda writes them, without regard to the time of day or the time zone."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from veille.items.dates import parse_date
from veille.items.records import text_of
from veille.items.text import clean_text
from veille.items.written_days import (
    LEAD,
    LEAD_WORD,
    MONTH,
    PREPOSITION,
    WEEKDAY,
    WrittenDay,
    days_in_years,
    find_written_day,
    plain_text,
)

ISO_DAY = re.compile(r"\s*(\d{4})(-?)(\d\d)\2(\d\d)(?!\d)")
ISO_SLASHES = re.compile(r"\s*(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?!\d)")
ISO_DAYS = re.compile(r"(?<!\d)(\d{4})([-/.])(\d\d)\2(\d\d)(?!\d)")
UNKNOWN_DAY = re.compile(r"tb[acd]\b|unknown|n/?a$|à (?:venir|confirmer|définir)|coming soon", re.IGNORECASE)
HAS_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
SECONDS = re.compile(r"\d{9,10}|\d{13}")  # since 1970
LATE = timedelta(days=90)  # that a list may still show what is over
OTHER_YEARS = (-1, 1, -2)  # than the expected one, in which a day may have the day of the week told with it

# --- the time of day, without which a period of days is read
MARKED = r"(?:[ap]\.?m\b\.?|uhr\b)"
NO_DAY = rf"(?!\d|\s?(?:de\s)?{MONTH}|[/.]\s?\d|(?:er|st|nd|rd|th)\b|\.\s)"
CLOCK = (
    rf"(?:\d{{1,2}}\s?(?::\s?\d{{2}}(?::\d{{2}})?|h(?:eures?|rs?)?(?![a-z])(?:\s?\d{{2}}{NO_DAY})?|\.\d{{2}}(?=\s?{MARKED}))"
    rf"(?:\s?{MARKED})?|\d{{1,2}}\s?{MARKED})"
)
UNTIL = r"\s*(?:[-–—/]|\b(?:a|to|until|till|bis|au|tot|al|alle)\b)\s*"
TIMES = re.compile(
    rf"(?:\b(?:de|from|von|a|at|um|ab|des|dalle|ore)\s+)?((?<![\d.,/-])\d{{1,2}}(?:[.:h]\d{{2}})?{UNTIL})?(?<!\d){CLOCK}"
    rf"(?:{UNTIL}(?:{CLOCK}|\d{{1,2}}(?:[.:]\d{{2}})?{NO_DAY}))?(?:\s?(?:gmt|utc)\s?[+-]\d{{1,2}}(?!\d))?"
)
DOTTED_TIMES = re.compile(r"(?<![\d.])\d{1,2}\.\d{2}(?![\d.])(?:\s*(?:-|–|a|to|bis)\s*\d{1,2}\.\d{2}(?![\d.]))?")

# --- what stands between the ends of a period, and what may be one
IN_WORDS = re.compile(rf"(?<![a-z]){MONTH}")
IN_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([/.])(\d{1,2})(?:[/.](\d{4}|\d\d))?(?!\d)")
AFTER_MONTH = re.compile(rf"(?<![a-z]){MONTH}\.?,?\s*$")
HYPHENS = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:er)?-(?:({MONTH})(?:-(\d{{4}}|\d\d))?|(\d{{1,2}})-(\d{{4}}|\d\d))(?!\s?(?:\d|{MONTH}))"
    rf"|(?<![a-z])({MONTH})-(\d{{4}})(?!\d)"
)
SLASHED_DAYS = re.compile(rf"(?<![\d/])(\d{{1,2}})\.?/(\d{{1,2}})(?=\.?\s*(?:de\s)?{MONTH})")
ROOM = re.compile(rf"(?<![a-z'])(?!{LEAD_WORD}|{MONTH})[a-z]+\s\d{{1,2}}\s+[-–—]\s+(?=\d)")
NEXT = rf"(?=(?:{WEEKDAY}[.,]?\s+)?(?:\d{{1,2}}(?!\d)|{MONTH}))"
BETWEEN = re.compile(
    r"\s*(?:[–—&+>›»→-]|\bjusqu'au?\b|\bau\b|\bto\b|\bthrough\b|\bthru\b|\bet\b|\band\b|\buntil\b|\btill\b|\bhasta\b|\bal\b|\bund\b"
    rf"|(?<=[a-z])/(?={MONTH})|\bbis(?:\s+zum)?\b|\bt/m\b|\btot(?:\s+en\s+met)?\b|\bfino\s+al\b|\bate\b|(?<=\w|\.)\s(?:a|e|ed|y|en)\s+{NEXT})\s*"
)
# Days without their month.
LISTED = re.compile(rf"(?<![\d/.])(\d{{1,2}})(?:er|st|nd|rd|th|\.)?(?:\s*,\s*(?:{WEEKDAY}\.?\s+)?\d{{1,2}})*$")
LAST = re.compile(
    rf"{LEAD}(?:\d{{1,2}}(?:er|st|nd|rd|th|o|\.)?(?:\s*$|\s*[,;:.()|]|\s+\d{{4}}\b|\s?(?:(?:de|of|di|d)\s|d')?{MONTH}|[/.]\d)"
    rf"|{MONTH}[.,]?\s*\d)"
)


def find_day(value: object, now: datetime) -> date | None:
    """The day that a value names, as written there: 23:59 anywhere on earth is that day, not the next one in UTC.

    The first one of several; a year or a month names none.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = clean_text(text_of(value), 200)
    if not text or UNKNOWN_DAY.match(text):
        return None
    if match := ISO_DAY.match(text) or ISO_SLASHES.match(text):
        return _possible_day(match[1], match[3], match[4])
    if SECONDS.fullmatch(text):
        moment = parse_date(text, now)
        return moment.date() if moment else None
    written = find_written_day(plain_text(text))
    return find_period(text, now)[0] if written is None or written.day else None


def find_period(text: str, now: datetime) -> tuple[date | None, date | None]:
    """First and last day of "12-14 March 2026", "July 27 - August 1, 2025", "du 12 au 14 mars 2026".

    Months without days, as in "de mai à octobre 2026", are the first day of the one and the last of the other. The last
    is None where there is one day or no telling.
    """
    text = clean_text(text, 200)
    plain = re.sub(rf"^(?:{PREPOSITION}\s+)+", "", plain_text(text))
    if not plain or UNKNOWN_DAY.match(text) or SECONDS.fullmatch(plain):
        return find_day(text, now), None
    if ISO_DAY.match(plain):
        days = [_possible_day(year, month, day) for year, _, month, day in ISO_DAYS.findall(plain)]
        first, last = days[0] if days else find_day(plain, now), days[-1] if days else None
        return first, last if first and last and first < last else None
    plain = _without_times(plain)
    first, last = _read_ends(*_ends(plain), now)
    return (first, last) if first and last and first < last else _read_one(find_written_day(plain), now)


# --- days


def _announced_day(written: WrittenDay | None, now: datetime) -> date | None:
    """Without a year, the next such day from `LATE` before on, unless the day of the week says that of another year."""
    if written is None or not written.day:
        return None
    if written.year:
        return _possible_day(written.year, written.month, written.day)
    days = days_in_years(written, now.year + 8, now.year - 8)
    ahead = [day for day in days if day >= now.date() - LATE]
    if not ahead or written.weekday in (None, ahead[-1].weekday()):
        return ahead[-1] if ahead else None
    near = (day for years in OTHER_YEARS for day in days if day.year == ahead[-1].year + years)
    return next((day for day in near if day.weekday() == written.weekday), ahead[-1])


def _possible_day(year: int | str, month: int | str, day: int | str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _read_one(written: WrittenDay | None, now: datetime) -> tuple[date | None, date | None]:
    """A day; or a month, from its first day to its last."""
    if written is None or written.day:
        return _announced_day(written, now), None
    return _possible_day(written.year, written.month, 1), _last_day(written, now)


def _last_day(written: WrittenDay, now: datetime) -> date | None:
    if written.day or not 1 <= written.month <= 12:
        return _announced_day(written, now)
    return _possible_day(written.year, written.month, monthrange(written.year, written.month)[1])


def _read_ends(left: str, right: str, now: datetime) -> tuple[date | None, date | None]:
    """Of two ends, one of which may have the year of the other: over the turn of the year, the next one."""
    start, end = find_written_day(left), find_written_day(right)
    if start is None or end is None:
        return None, None
    turns = (start.month, start.day) > (end.month, end.day or 31)
    if turns and start.month == end.month and not (start.year and end.year):
        return None, None
    if not end.year and (start.year or start.weekday is not None):
        first = _announced_day(start, now)
        return first, _last_day(end._replace(year=first.year + turns), now) if first else None
    last = _last_day(end, now)
    if last and not start.year:
        start = start._replace(year=last.year - turns)
    return _possible_day(start.year, start.month, start.day or 1), last


# --- texts


def _without_times(text: str) -> str:
    """With what stands between two days told in one way, and what stands within one day in another."""
    text = TIMES.sub(lambda found: f" {found[1] or ''} " if _is_after_month(found) else " ", text)
    if IN_WORDS.search(text):  # numbers with a dot between them are no day and month then
        text = DOTTED_TIMES.sub(" ", text)
    text = HYPHENS.sub(_without_hyphens, SLASHED_DAYS.sub(r"\1 & \2", text))
    return " ".join(ROOM.sub(" ", text).split())


def _is_after_month(found: re.Match[str]) -> bool:
    """In `may 12 - 9 am`, the first number is no hour."""
    return AFTER_MONTH.search(found.string[: found.start()]) is not None


def _without_hyphens(found: re.Match[str]) -> str:
    """`19-oct-2026` and `19-10-2026` in one piece; in `october 30-november` the hyphen stands between two days."""
    day, month, year, number, its_year, alone, year_alone = found.groups()
    if alone:
        return f"{alone} {year_alone}"
    if _is_after_month(found):
        return found[0]
    return f"{day} {month} {year or ''}" if month else f"{day}/{number}/{its_year}"


def _ends(text: str) -> tuple[str, str]:
    """Both ends of a period, each with the month that only the other one names; nothing where there are not two."""
    parts = BETWEEN.split(text)
    first = next((at for at, part in enumerate(parts) if _is_end(part)), len(parts))
    last = [part for part in parts[first + 1 :] if _is_month(part) or LAST.match(part)]
    return _complete(parts[first], last[-1]) if last else ("", "")


def _is_end(text: str) -> bool:
    return bool(_is_month(text) or LISTED.search(text) or find_written_day(text) or IN_NUMBERS.search(text))


def _is_month(text: str) -> bool:
    """Whether a text has a month's name and nothing else: "de mai", but not "Champ de Mars"."""
    words = re.findall(r"[^\W\d_]{3,}", text)
    numbered = re.search(r"(?<!\d)\d{1,2}(?!\d)", text)
    return len(words) == 1 and re.fullmatch(MONTH, words[0]) is not None and not numbered


def _complete(left: str, right: str) -> tuple[str, str]:
    month, listed, numbers = IN_WORDS.search(left), LISTED.search(left), IN_NUMBERS.search(right)
    later = IN_WORDS.search(right)
    if not month and listed and numbers and not later:
        left = f"{listed[1]}/{numbers[3]}"
    elif not month and listed and later and _is_month(right):  # one day, `11-dec`
        return "", ""
    elif not month and listed and later:
        left = f"{listed[1]} {later[0]}"
    elif month and not later and not numbers:
        right = f"{month[0]} {re.sub(f'^{LEAD}', '', right)}"
    elif not month and not later and (start := IN_NUMBERS.search(left)):
        left = f"{start[1]}/{start[3]}{f'/{start[4]}' if start[4] else ''}"
    if _is_month(left) and not HAS_YEAR.search(left) and (year := HAS_YEAR.search(right)):
        left = f"{left} {year[0]}"
    return left, right
