"""The day that a text names in words or numbers, as it is written there: no clock, no time zone."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date
from typing import NamedTuple

# A month by its name or a usual short form of it, accents dropped: English, French, Spanish, German, Italian,
# Portuguese, Dutch, Catalan, Danish, Norwegian, Swedish. Forms that two languages use for different months are left
# out.
MONTH_NAMES = (
    "jan january janv janvier ene enero januar janner jaenner gen gennaio janeiro januari gener",
    "feb february fev fevr fevrier febrero februar feber febbraio fevereiro februari febrer",
    "mar march mars marzo marz maerz maart mrt marco mrz marts",
    "apr april avr avril abr abril aprile",
    "may mai mayo maggio maio mei mag maig maj",
    "jun june juin junio juni giugno giu junho juny",
    "jul july juil juill juillet julio juli luglio lug julho juliol",
    "aug august aout agosto ago augustus ao aou agost augusti",
    "sep sept september septembre septiembre setiembre settembre set setembro setembre",
    "oct october octobre octubre okt oktober ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec december decembre dic diciembre dez dezember dicembre dezembro desember desembre",
)
MONTHS = {name: number for number, names in enumerate(MONTH_NAMES, start=1) for name in names.split()}
MONTH = f"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})(?![a-z])(?!(?<=out)\\s+of\\b)"
# From Monday on, in the same languages. Forms of two letters are German and Dutch.
WEEKDAY_NAMES = (
    "monday mon lundi lun lunes lunedi montag mo maandag ma dilluns mandag",
    "tuesday tue tues mardi martes martedi dienstag di terca dinsdag dimarts tirsdag",
    "wednesday wed mercredi mer miercoles mie mercoledi mittwoch mi quarta woensdag wo dimecres onsdag",
    "thursday thu thur thurs jeudi jeu jueves jue giovedi gio donnerstag do quinta donderdag dijous torsdag",
    "friday fri vendredi ven viernes vie venerdi freitag fr sexta vrijdag vr divendres fredag",
    "saturday sat samedi sam sabado sabato sab samstag sonnabend sa zaterdag za dissabte",
    "sunday sun dimanche dim domingo dom domenica sonntag so zondag zo diumenge",
)
WEEKDAYS = {name: number for number, names in enumerate(WEEKDAY_NAMES) for name in names.split()}
WEEKDAY = f"(?:{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})(?![a-z])"
PREPOSITION = "(?:les?|the|on|den|der|am|el|il|zum|vom|du|au|dal|al|del|from|entre)"
LEAD_WORD = rf"(?:(?:{WEEKDAY}(?:-feira)?|{PREPOSITION})[.,]{{0,2}}\s+)"
LEAD = f"{LEAD_WORD}*"

ORDINAL = r"(?:(?:er|re|eme|e|st|nd|rd|th|o)\b|\.)?"
# A year of two figures ends the text or goes before a time: what else stands there is the number of a house or a room.
SHORT_YEAR = (
    r"'?(\d{2})(?=\s*(?:$|[,;)](?!\s*\d{4}))|\s+(?:a\s|at\s|um\s|de\s)?\d{1,2}\s?[:h]\s?\d|\s+[+-]?\d{4}(?!\d))"
)
DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}}){ORDINAL}(?:\s*|[./-])(?:(?:de|of|di|d)\s|d')?({MONTH})\.?"
    rf"(?:[\s.,/'-]*(?:(?:de|del|di)\s)?[\s,]*(?:([12]\d{{3}})(?!\d)|{SHORT_YEAR}))?"
)
MONTH_DAY = re.compile(
    rf"(?<![a-z])({MONTH})\.?,?\s*(\d{{1,2}})(?:er|st|nd|rd|th)?(?!\d|\s?[h:]|\.\d)(?:,?\s*([12]\d{{3}})(?!\d))?"
)
MONTH_YEAR = re.compile(rf"(?<![a-z])({MONTH})[.,]{{0,2}}[\s/-]*(?:(?:de|del|of)\s)?([12]\d{{3}})(?!\d)")
NUMBERED_MONTH = re.compile(r"(?<![\d/.])(1[0-2]|0?[1-9])/((?:19|20)\d\d)(?![\d/.])")
NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([/. -])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
# A day and a month in numbers, with nothing but a day of the week and a time: within a text, 12/20 is no day. By
# themselves they have two figures each, unlike 24/7.
DAY_AND_MONTH = re.compile(
    rf"(?P<lead>{LEAD})(?P<day>\d{{1,2}})(?:/(?P<slashed>\d{{1,2}})|\.(?P<dotted>\d{{1,2}})\.)(?!\d)"
    r"(?P<time>\s*[,-]?\s*(?:(?:a|at|um|de)\s)?\d{1,2}\s?[:h].*)?"
)
YEAR_MONTH = re.compile(
    r"(?<![\d/.])((?:19|20)\d\d)(?:-(\d{1,2})(?:-(\d{1,2}))?|([/.])(\d{1,2})\4(\d{1,2}))(?!\d|[/.]\d)"
)
YEAR_BEFORE = re.compile(rf"(?<!\d)((?:19|20)\d\d)[\s,.:/-]*(?:{WEEKDAY}[.,]?\s*)?$")
YEAR_LATER = re.compile(r"(?<![\d:+-])(?:19|20)\d{2}(?!\d)")
WEEKDAY_BEFORE = re.compile(rf"(?<![a-z])({WEEKDAY})(?:-feira)?[.,]{{0,2}}\s*(?:(?:le|the|den|el|il)\s)?\s*$")
WEEKDAY_AFTER = re.compile(r"\s*[,(]?\s*([a-z]{5,})")
# The one short form that names a month in some languages and a day of the week in others.
TUESDAY_BEFORE_DATE = re.compile(rf"(?<![a-z])mar\b[.,]{{0,2}}\s*(?=\d{{1,2}}{ORDINAL}(?:\s?{MONTH}|[/.]\d))")
TUESDAY = re.compile(r"(?<!\d\s)(?<![\da-z])mar\b[.,]{0,2}\s*(?=\d{1,2}\b)")


class WrittenDay(NamedTuple):
    """A day as written: ``year`` is 0 where none is named, ``day`` where only a month is; from Monday as 0 on."""

    year: int
    month: int
    day: int
    weekday: int | None
    start: int  # where in the text it stands
    end: int


def plain_text(text: str) -> str:
    """In lower case, without accents; `mar.` is `mardi` where it stands before a day whose month is told after it."""
    text = text.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("’", "'"))
        text = "".join(c for c in text if not unicodedata.combining(c))
    if "mar" not in text:
        return text
    text = TUESDAY_BEFORE_DATE.sub("mardi ", text)
    return TUESDAY.sub("mardi ", text) if DAY_MONTH.search(text) or NUMBERS.search(text) else text


def find_written_day(text: str) -> WrittenDay | None:
    """The first day, else the first month with its year, that a `plain_text` names.

    03/02/2026 is the third of February unless only the other order is a date, or only that one has the day of the week
    that stands beside it. Whether the month has such a day is not looked at.
    """
    in_words = min(filter(None, (_day_month(text), _month_day(text))), key=lambda one: one.start, default=None)
    return in_words or _in_numbers(text) or _month_alone(text)


def _day_month(text: str) -> WrittenDay | None:
    match = DAY_MONTH.search(text)
    if match is None:
        return None
    year = _full_year(match[3] or match[4]) or _year_around(text, match)
    return WrittenDay(year, MONTHS[match[2]], int(match[1]), _weekday_of(text, match), *match.span())


def _month_day(text: str) -> WrittenDay | None:
    match = MONTH_DAY.search(text)
    if match is None:
        return None
    year = _full_year(match[3]) or _year_around(text, match)
    return WrittenDay(year, MONTHS[match[1]], int(match[2]), _weekday_of(text, match), *match.span())


def _in_numbers(text: str) -> WrittenDay | None:
    if match := NUMBERS.search(text):
        return _numbered(text, match)
    if match := YEAR_MONTH.search(text):
        year, month, day = match[1], match[2] or match[5], match[3] or match[6] or 0
        return WrittenDay(int(year), int(month), int(day), None, *match.span())
    match = DAY_AND_MONTH.fullmatch(text)
    return _without_year(text, match) if match else None


def _numbered(text: str, match: re.Match[str]) -> WrittenDay:
    year, weekday = _full_year(match[4]), _weekday_of(text, match)
    day, month = _in_order(int(match[1]), int(match[3]), year, weekday)
    return WrittenDay(year, month, day, weekday, *match.span())


def _without_year(text: str, match: re.Match[str]) -> WrittenDay | None:
    one, other = match["day"], match["slashed"] or match["dotted"]
    if len(one + other) < 4 and not (match["lead"] or match["time"] or match["dotted"]):
        return None
    day, month = _in_order(int(one), int(other), 0, None)
    start, end = match.start("day"), match.end("slashed" if match["slashed"] else "dotted")
    return WrittenDay(0, month, day, _weekday_before(text, start), start, end)


def _month_alone(text: str) -> WrittenDay | None:
    if match := MONTH_YEAR.search(text):
        return WrittenDay(int(match[2]), MONTHS[match[1]], 0, None, *match.span())
    match = NUMBERED_MONTH.search(text)
    return WrittenDay(int(match[2]), int(match[1]), 0, None, *match.span()) if match else None


def _in_order(day: int, month: int, year: int, weekday: int | None) -> tuple[int, int]:
    """Day and month of two numbers; ``year`` is 0 where none is told."""
    if month > 12 >= day:
        return month, day
    if weekday is not None and year and _is_on(weekday, year, day, month) and not _is_on(weekday, year, month, day):
        return month, day
    return day, month


def _is_on(weekday: int, year: int, month: int, day: int) -> bool:
    try:
        return date(year, month, day).weekday() == weekday
    except ValueError:
        return False


def _weekday_of(text: str, match: re.Match[str]) -> int | None:
    after = WEEKDAY_AFTER.match(text, match.end())
    before = _weekday_before(text, match.start())
    return WEEKDAYS.get(after[1]) if before is None and after else before


def _weekday_before(text: str, start: int) -> int | None:
    """The languages with forms of two letters have the day before the month: `Kansas City, Mo., May 3` is no Monday."""
    before = WEEKDAY_BEFORE.search(text, max(0, start - 25), start)
    if before is None or (len(before[1]) == 2 and not text[start].isdigit()):
        return None
    return WEEKDAYS[before[1]]


def _year_around(text: str, match: re.Match[str]) -> int:
    """The year right before a day, else the next one after it, as in asctime; 0 without one."""
    if before := YEAR_BEFORE.search(text, 0, match.start()):
        return int(before[1])
    later = YEAR_LATER.search(text, match.end())
    return int(later[0]) if later else 0


def _full_year(text: str | None) -> int:
    if not text:
        return 0
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


def days_in_years(written: WrittenDay, latest: int, earliest: int) -> list[date]:
    """The days of these years, the latest first, that a day without a year may be."""
    years = range(latest, earliest - 1, -1)
    return [date(year, written.month, written.day) for year in years if _exists(year, written)]


def _exists(year: int, written: WrittenDay) -> bool:
    return 1 <= written.month <= 12 and 1 <= written.day <= monthrange(year, written.month)[1]
