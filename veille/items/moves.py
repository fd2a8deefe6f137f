"""What no longer holds: what a source tells now of a day or a paper, beside what it told before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from veille.values import Course, Details, Event, Item, Paper

Listed = tuple[str, str]  # title, first day in ISO 8601


def find_listed(items: Iterable[Item]) -> frozenset[Listed]:
    """The dated things of a page."""
    dated = ((item.title, item.details) for item in items if isinstance(item.details, Event | Course))
    return frozenset((title, details.starts_on.isoformat()) for title, details in dated if details.starts_on)


def keep_move(item: Item, before: Mapping[str, Any], today: date, listed: Collection[Listed] = ()) -> Item:
    """The item, `moved` from its day before when its start is another one, and for as long as that new day holds.

    Sources rarely say so themselves. ``before`` is what was kept of its details, its dates in ISO 8601, and its
    ``title``. A day that was over was not moved: another one after it is the next edition. Neither was that of what
    recurs, which is told with its next day, nor one that is still ``listed`` on the page, under another guid.
    """
    details = item.details
    if not isinstance(details, Event | Course) or details.status != "planned" or details.starts_on is None:
        return item
    if isinstance(details, Event) and details.recurs:
        return item
    start = before.get("starts_on")
    is_same = start == details.starts_on.isoformat()
    was_ahead = start is not None and start >= today.isoformat() and (before.get("title", ""), start) not in listed
    is_moved = before.get("status") == "moved" if is_same else was_ahead
    if not is_moved:
        return item
    moved_from = before.get("moved_from_on") if is_same else start
    moved_from_on = date.fromisoformat(moved_from) if moved_from else None
    return replace(item, details=replace(details, status="moved", moved_from_on=moved_from_on))


def is_overturned(details: Details) -> bool:
    """Whether it is cancelled or moved, or a paper retracted."""
    if isinstance(details, Event | Course):
        return details.status in ("cancelled", "moved")
    return isinstance(details, Paper) and bool(details.is_retracted)


def is_overturned_anew(details: Details, before: Mapping[str, Any]) -> bool:
    """Whether it is overturned and was not before, or in another way, or is moved to yet another day.

    ``before`` is what was kept of its details, its dates in ISO 8601; nothing for what is seen for the first time.
    """
    if isinstance(details, Event | Course) and is_overturned(details):
        start = details.starts_on.isoformat() if details.starts_on else None
        return before.get("status") != details.status or (
            details.status == "moved" and before.get("starts_on") != start
        )
    return is_overturned(details) and not before.get("is_retracted")
