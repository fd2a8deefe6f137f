"""How far each series of a paged source was read, as the bookmark's cursor keeps it.

A source spends at most its limit of records a run. A list that is longer goes on at the page where it stopped; a list
that was read to its end is asked, the next time, only for what is new since the day on which that reading began.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Reading:
    """Of one series. ``since``: all that is older was read. ``started_on``: the day on which the present pass began."""

    since: date | None = None
    started_on: date | None = None
    next_url: str | None = None  # where the present pass goes on; None between passes
    read: int = 0  # records of the present pass so far, for lists whose next address does not last until the next run


UNREAD = Reading()


def parse_cursor(cursor: str | None) -> dict[str, Reading]:
    """Readings by series; none for a cursor that is missing or not ours: everything is read again, nothing is lost."""
    try:
        rows = json.loads(cursor or "{}")
        return {series: _parse_reading(row) for series, row in rows.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _parse_reading(row: Mapping[str, Any]) -> Reading:
    since, started_on = row.get("since"), row.get("started_on")
    return Reading(
        date.fromisoformat(since) if since else None,
        date.fromisoformat(started_on) if started_on else None,
        row.get("next_url"),
        int(row.get("read") or 0),
    )


def advance(cursor: str | None, series: str, next_url: str | None, today: date, count: int = 0) -> str:
    """The cursor after a page of ``count`` records of a series was saved.

    ``next_url`` is the page after it, None at the end of the list.
    """
    readings = parse_cursor(cursor)
    before = readings.get(series, UNREAD)
    started_on = before.started_on if before.next_url else today
    if next_url is None:
        readings[series] = Reading(since=started_on)
    else:
        readings[series] = Reading(before.since, started_on, next_url, (before.read if before.next_url else 0) + count)
    rows = {name: asdict(reading) for name, reading in sorted(readings.items())}
    return json.dumps(rows, default=date.isoformat)
