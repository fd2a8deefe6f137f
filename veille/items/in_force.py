"""When a rule takes effect, as a text says it: for what an official source publishes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from veille.items.dates import parse_date

READ_CHARACTERS = 5_000
REACH = 90  # characters between the words that announce a date and the date
DAY = re.compile(
    r"\b\d{1,2}(?:er|st|nd|rd|th)?\s+(?:of\s+)?[^\W\d_]{3,10}\.?(?:,?\s+\d{4}\b)?"
    r"|\b[^\W\d_]{3,10}\s+\d{1,2}(?:st|nd|rd|th)?,\s+\d{4}\b"
    r"|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}/\d{1,2}/\d{4}\b",
    re.I,
)
ANNOUNCED = re.compile(
    r"\b(?:entr(?:e|ent|era|eront|ant|ée)s?\s+en\s+(?:vigueur|application)|en\s+vigueur|prend(?:ra|ront|re)?\s+effet"
    r"|prennent\s+effet|à\s+compter\s+d[eu]|applicables?|s['’]appliqu(?:e|ent|era|eront)|date\s+d['’]effet"
    r"|com(?:e|es|ing)\s+into\s+(?:force|effect)|ent(?:er|ers|ering|ry)\s+into\s+(?:force|application)"
    r"|takes?\s+effect|taking\s+effect|with\s+effect\s+from|effective\s+(?:from|on|as\s+of|date)|appl(?:y|ies|icable)\s+(?:from|as\s+of|on))\b",
    re.I,
)
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[«“\"(]?[A-ZÀ-ÖØ-Þ])")


@dataclass(frozen=True, slots=True)
class InForce:
    """The day on which a rule takes effect, and the sentence that says so, as it stands."""

    on: date
    quote: str


def find_in_force(title: str, summary: str, told_at: datetime) -> InForce | None:
    """The first day of effect that a text states; None when it states none.

    A day without a year is the next such day from a month before ``told_at`` on. A month alone is no day.
    """
    for text in (title, summary[:READ_CHARACTERS]):
        for sentence in SENTENCE_END.split(text):
            day = _find_day(sentence, told_at)
            if day is not None:
                return InForce(day, " ".join(sentence.split()))
    return None


def _find_day(sentence: str, told_at: datetime) -> date | None:
    for announced in ANNOUNCED.finditer(sentence):
        after = DAY.search(sentence, announced.end(), announced.end() + REACH)
        before = [*DAY.finditer(sentence, max(0, announced.start() - REACH), announced.start())]
        for found in (after, *reversed(before)):
            day = _read_day(found.group(), told_at) if found else None
            if day is not None:
                return day
    return None


def _read_day(text: str, told_at: datetime) -> date | None:
    if re.search(r"\d{4}", text):
        read = parse_date(text, told_at)
        return read.date() if read else None
    earliest = (told_at - timedelta(days=31)).date()
    for year in range(earliest.year, earliest.year + 5):  # the 29th of February
        read = parse_date(f"{text} {year}", datetime(year, 12, 31, tzinfo=UTC))
        if read and read.date() >= earliest:
            return read.date()
    return None
