"""At what hour a dated thing begins and ends, where its source says so together with the time zone. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from veille.items.records import SYNONYMS, Record, text_of

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d)")
MIDNIGHT = time()  # what programs write for a whole day


def find_hours(record: Record, starts_on: date | None) -> tuple[datetime | None, datetime | None]:
    """When it begins and ends, in the time zone that the source tells it in; None where an hour or its zone is missing.

    ``starts_on`` is the day that the record was read to begin on: an hour of another day is not its own.
    """
    start, end = _find_instant(record, "starts"), _find_instant(record, "ends")
    if start is None or start.date() != starts_on or start.time() == MIDNIGHT:
        return None, None
    return start, end if end is not None and end > start else None


def _find_instant(record: Record, field: str) -> datetime | None:
    for name in SYNONYMS[field]:
        value = record.get(name)
        if isinstance(value, datetime):
            return value if value.utcoffset() is not None else None
        if INSTANT.fullmatch(text := text_of(value)):
            return _parse_instant(text)
    return None


def _parse_instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # the 31st of February, 25 o'clock
        return None
