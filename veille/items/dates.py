"""Dates as people and programs write them, to aware UTC datetimes."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

# A month by its name or a usual short form of it, accents dropped: English, French, Spanish, German, Italian,
# Portuguese, Dutch. Forms that two languages use for different months are left out.
MONTH_NAMES = (
    "jan january janv janvier ene enero januar janner gen gennaio janeiro januari",
    "feb february fev fevr fevrier febrero februar febbraio fevereiro februari",
    "mar march mars marzo marz maerz maart mrt marco mrz",
    "apr april avr avril abr abril aprile",
    "may mai mayo maggio maio mei mag",
    "jun june juin junio juni giugno giu junho",
    "jul july juil juillet julio juli luglio lug julho",
    "aug august aout agosto ago augustus ao aou",
    "sep sept september septembre septiembre setiembre settembre set setembro",
    "oct october octobre octubre okt oktober ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec december decembre dic diciembre dez dezember dicembre dezembro",
)
MONTHS = {name: number for number, names in enumerate(MONTH_NAMES, start=1) for name in names.split()}
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
DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:(?:er|re|eme|e|st|nd|rd|th|o)\b|º|\.)?(?:\s*|[./-])(?:(?:de|of|di)\s|d')?([a-z]{2,10})\.?"
    r"(?:[\s.,/'-]*(?:(?:de|del|di)\s)?[\s,]*(?:(\d{4})(?!\d)|'?(\d{2})(?=\s|$|,)(?!\s?[h:])))?"
)
MONTH_DAY = re.compile(r"\b([a-z]{2,10})\.?\s*(\d{1,2})(?:st|nd|rd|th)?(?!\d)(?!\s?[h:])(?:,?\s*(\d{4})(?!\d))?")
MONTH_YEAR = re.compile(r"\b([a-z]{2,10})\.?\s(?:de\s)?(\d{4})(?!\d)")
NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([/. -])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
TIME = re.compile(
    r"(?<![\d:+-])(\d{1,2})\s?(?::|h(?:eures?)?|\.(?=\d\d\b)|uhr)\s?(\d{2})?(?::(\d{2}))?(?:[.,]\d+)?\s?(am|pm|a\.m\.|p\.m\.)?"
    r"|(?<![\d:])(\d{1,2})\s?(am|pm)\b"
)
ZONE = re.compile(r"\s*\(?(?:(?:gmt|utc|ut)?\s?" + NUMERIC_ZONE + r"(?!\d)|([a-z]{1,5})\b)")


def parse_date(text: str, now: datetime) -> datetime | None:
    """The instant that a text names, in UTC; None when it names none.

    Reads RFC 822 with all its accidents, ISO 8601, seconds since 1970, and dates in words in English, French,
    Spanish, German, Italian, Portuguese and Dutch. 03/02/2026 is the third of February unless only the other order
    is a date. Without a zone, the text is taken as UTC; without a time, as midnight; without a year, as the latest
    such day that is not more than a day after ``now``.
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
    if rest and not month and not month2 and not month3:
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
    found = _find_day(text)
    if found is None:
        return None
    year, month, day, start, end = found
    before, after = text[:start], text[end:]
    time = TIME.search(after)
    zone_text = after[time.end() :] if time else ""
    if time is None and (time := TIME.search(before)):
        zone_text = before[time.end() :]
    if time is None:
        return _moment(year, month, day, None, None, None) if year else _latest(month, day, now)
    hour, minute, second, half, hour2, half2 = time.groups()
    hour = _hour24(hour or hour2, half or half2)
    if not year:
        year = _latest(month, day, now).year
    moment = _moment(year, month, day, hour, minute, second)
    return _in_utc(moment, zone_text)


def plain_text(text: str) -> str:
    """In lower case, without accents."""
    text = text.lower()
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text.replace("ß", "ss")) if not unicodedata.combining(c))


def _find_day(text: str) -> tuple[int, int, int, int, int] | None:
    """Year (0 when none is named), month, day, and where in the text they stand."""
    for match in DAY_MONTH.finditer(text):
        if month := MONTHS.get(match[2]):
            year = match[3] or match[4]
            end = match.end()
            if not year and (
                late := re.search(r"(?<![\d:+-])(?:19|20)\d{2}(?!\d)", text[end:])
            ):  # asctime: year after the time
                year = late[0]
            return _full_year(year), month, int(match[1]), match.start(), end
    for match in MONTH_DAY.finditer(text):
        if month := MONTHS.get(match[1]):
            year = match[3]
            if not year and (late := re.search(r"(?<![\d:+-])(?:19|20)\d{2}(?!\d)", text[match.end() :])):
                year = late[0]
            return _full_year(year), month, int(match[2]), match.start(), match.end()
    for match in MONTH_YEAR.finditer(text):
        if month := MONTHS.get(match[1]):
            return int(match[2]), month, 1, match.start(), match.end()
    if numbers := NUMBERS.search(text):
        day, month = int(numbers[1]), int(numbers[3])
        if month > 12 >= day:
            day, month = month, day
        return _full_year(numbers[4]), month, day, numbers.start(), numbers.end()
    if (iso := ISO.search(text)) and iso[2]:
        return int(iso[1]), int(iso[2]), int(iso[3] or 1), iso.start(), iso.end(3) if iso[3] else iso.end(2)
    return None


def _full_year(text: str | None) -> int:
    if not text:
        return 0
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


def _hour24(hour: str, half: str | None) -> str:
    if not half:
        return hour
    return str(int(hour) % 12 + (12 if half.startswith("p") else 0))


def _latest(month: int, day: int, now: datetime) -> datetime:
    """The latest such day up to tomorrow; a 29 February looks back up to eight years."""
    for year in range(now.year + 1, now.year - 9, -1):
        try:
            candidate = datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            continue
        if candidate <= now + timedelta(days=1):
            return candidate
    raise ValueError(f"no such day: {day}/{month}")
