"""Rows as CSV that a spreadsheet may open: nothing in it is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date

# What a spreadsheet begins a formula with; the wide forms count as well where they are typed.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")


def render_csv(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> str:
    """A header and a line a row. Lists are joined with semicolons, dates and instants are ISO 8601.

    Every text is quoted: a spreadsheet that parts cells at semicolons then finds none within a title.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(columns)
    writer.writerows([write_cell(row.get(column)) for column in columns] for row in rows)
    return file.getvalue()


def write_cell(value: object) -> object:
    """A value as a cell: numbers stay numbers, so that a negative one is no formula; texts are defused."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return defuse("; ".join(map(str, value)))
    return value if isinstance(value, int | float) else defuse(str(value))


def defuse(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula; a plain number is none."""
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text
