"""The hours of work that a course's own words promise."""

from __future__ import annotations

import re
from datetime import date

HOURS_OF = {"minute": 1 / 60, "hour": 1.0}
WEEKS_OF = {"day": 1 / 7, "week": 1.0, "month": 52 / 12, "year": 52.0}
# Beginnings of the words for a unit: English, French, Spanish, Portuguese, Italian, German.
UNITS = {
    "minute": r"min(?:ut[a-zé]*)?\b|mn\b",
    "hour": r"h(?:(?:ou)?rs?|eures?|oras?)?(?![a-zé])|ore\b|stunden?\b|std\b",
    "day": r"days?\b|jours?\b|d[ií]as?\b|giorn[oi]\b|tage?\b",
    "week": r"w(?:ee)?ks?\b|semaines?\b|sem\b|semanas?\b|settiman[ae]\b|wochen?\b|weekly\b|hebdo\w*",
    "month": r"months?\b|mois\b|mes(?:es)?\b|m[eê]s\b|mes[ei]\b|monate?n?\b",
    "year": r"years?\b|ans?\b|ann[ée]es?\b|a[ñn]os?\b",
}
NUMBER = r"(\d{1,4}(?:[.,]\d{1,2})?)"
UNIT = "|".join(f"(?P<{name}>{words})" for name, words in UNITS.items())
AMOUNT = re.compile(rf"{NUMBER}(?:\s*(?:-|–|—|to|à|a|ou|or|bis)\s*{NUMBER})?\s*(?:{UNIT})\s*(\d\d(?!\d))?")
EACH = re.compile(rf"\W{{0,3}}(?:/|per|a|an|each|every|par|por|pro|by|la|al|chaque|de travail par)?\s*(?:{UNIT})")
ISO = re.compile(r"p(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:[\d.]+s)?)?")
BARE = re.compile(rf"{NUMBER}(?:\s*[-–]\s*{NUMBER})?|(\d{{1,3}}):(\d\d)(?::\d\d)?")
MOST_HOURS = 5_000.0


def parse_effort(effort: str, duration: str = "", *, weeks: float | None = None, weekly: bool = False) -> float | None:
    """Hours of work in all; of a range, its middle. None when the words do not say.

    ``effort`` is what there is to do (`2-4 hours a week`, `PT15H`, `6:00`), ``duration`` how long it goes on
    (`6 weeks`, `P4W`), when that is not in the effort; ``weeks`` is the length to take where neither says one. A
    number without a unit is hours, and ``weekly`` tells that such a number is meant for each week.
    """
    hours, each = _parse_hours(effort, weekly=weekly)
    if hours is None:
        return None
    if each is not None:
        length = _parse_weeks(effort) or _parse_weeks(duration) or weeks
        if length is None:
            return None
        hours *= length / each
    return round(hours, 1) if 0 < hours <= MOST_HOURS else None


def weeks_between(start: date | None, end: date | None) -> float | None:
    """Whole weeks of a run that is taught from a day to a day; None when that is no course's length."""
    if start is None or end is None:
        return None
    weeks = max(1, round((end - start).days / 7))
    return float(weeks) if start <= end and weeks <= 40 else None


def _parse_hours(text: str, *, weekly: bool) -> tuple[float | None, float | None]:
    """Hours, and the weeks of the span in which they are to be worked, where they come again."""
    text = " ".join(text.lower().split())
    if iso := _parse_iso(text):
        return iso[0] or None, None
    if bare := BARE.fullmatch(text):
        low, high, whole, minutes = bare.groups()
        hours = _middle(low, high) if low else int(whole) + int(minutes) / 60
        return hours, 1.0 if weekly else None
    for amount in AMOUNT.finditer(text):
        unit = _unit(amount)
        if unit in HOURS_OF:
            hours = _middle(amount[1], amount[2]) * HOURS_OF[unit]
            if unit == "hour" and (minutes := amount[amount.re.groups]):
                hours += int(minutes) / 60
            each = EACH.match(text, amount.end())
            return hours, WEEKS_OF.get(_unit(each)) if each else None
    return None, None


def _parse_weeks(text: str) -> float | None:
    text = " ".join(text.lower().split())
    if iso := _parse_iso(text):
        return iso[1] or None
    for amount in AMOUNT.finditer(text):
        if (unit := _unit(amount)) in WEEKS_OF:
            return _middle(amount[1], amount[2]) * WEEKS_OF[unit]
    return None


def _parse_iso(text: str) -> tuple[float, float] | None:
    """Hours and weeks of an ISO 8601 duration."""
    match = ISO.fullmatch(text)
    if match is None or len(text) < 3:
        return None
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in match.groups())
    return hours + minutes / 60, years * WEEKS_OF["year"] + months * WEEKS_OF["month"] + weeks + days / 7


def _unit(match: re.Match[str]) -> str:
    return next(name for name in UNITS if match[name])


def _middle(low: str, high: str | None) -> float:
    first = float(low.replace(",", "."))
    return (first + float(high.replace(",", "."))) / 2 if high else first
