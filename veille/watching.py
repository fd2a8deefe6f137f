"""A watched page: what changed in its text since it was last read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape

from veille.config import Source
from veille.items.text import shorten
from veille.values import Page

MOST_LINES = 3_000  # of a page that are remembered
LINE_LIMIT = 1_000  # characters of one
SHOWN_LIMIT = 300  # characters of a line in the summary


def remembered_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """As much of a page's text as is kept to compare with."""
    return tuple(line[:LINE_LIMIT] for line in lines[:MOST_LINES])


def tell_change(
    source: Source, page: Page, cursor: str | None, complete: bool, now: datetime
) -> tuple[Page, str | None]:
    """The page, its last item (the watched text) telling what changed, and the cursor for the next reading.

    The cursor holds the text and what was told of it, so that an unchanged page tells the same again. An answer that
    was cut says nothing about the text.
    """
    lines = list(page.text or ())
    if not complete:
        return replace(page, items=page.items[:-1]), cursor
    before, told = _parse_cursor(cursor)
    item = page.items[-1]
    summary = told if before == lines else find_change(before, lines)
    if summary:
        from veille.items.entries import build_item

        item = build_item(
            source,
            guid=item.guid,
            url=item.url,
            title=item.title,
            summary=escape(summary, quote=False),
            base=item.url,
            now=now,
            language=item.language,
        )
    kept = json.dumps({"text": lines, "told": summary}, ensure_ascii=False)
    return replace(page, items=(*page.items[:-1], item)), kept


def find_change(before: Sequence[str], after: Sequence[str]) -> str:
    """The lines that went, after a minus sign, and those that came, after a plus sign; nothing for a first reading."""
    if not before:
        return ""
    went, came = Counter(before) - Counter(after), Counter(after) - Counter(before)
    parts = [f"− {shorten(line, SHOWN_LIMIT)}" for line in dict.fromkeys(before) if line in went]
    parts += [f"+ {shorten(line, SHOWN_LIMIT)}" for line in dict.fromkeys(after) if line in came]
    return " ".join(parts)


def _parse_cursor(cursor: str | None) -> tuple[list[str], str]:
    """Text and what was told of it; nothing for a cursor that is missing or not ours."""
    try:
        kept = json.loads(cursor or "{}")
        return list(map(str, kept["text"])), str(kept["told"])
    except (ValueError, TypeError, KeyError):
        return [], ""
