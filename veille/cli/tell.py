"""What a command says: results on stdout, progress and complaints on stderr; tables for people, JSON for machines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]


@contextmanager
def listened() -> Iterator[None]:
    """A reader that goes away, such as `head`, had what it wanted: the rest is said to nobody."""
    try:
        yield
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends


def tell_json(value: object) -> None:
    """One JSON document on stdout; instants as ISO 8601."""
    with listened():
        json.dump(value, sys.stdout, ensure_ascii=False, default=_as_json)
        sys.stdout.write("\n")


def _as_json(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def tell(line: str = "") -> None:
    """A line of the result."""
    with listened():
        print(line)


def complain(line: str) -> None:
    """A line for the person who runs the command."""
    print(line, file=sys.stderr)


def tell_table(title: str, rows: Sequence[Row], columns: Sequence[str], zone: ZoneInfo | None = None) -> None:
    """Rows as a table on a terminal, else as lines of tab-separated values under a header; instants as of a zone."""
    if zone:
        rows = [{name: _to_zone(value, zone) for name, value in row.items()} for row in rows]
    if not sys.stdout.isatty():
        tell("\t".join(columns))
        for row in rows:
            tell("\t".join(_plain(row.get(column)) for column in columns))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_plain(row.get(column)), style=_style(row.get(column))) for column in columns))
    with listened():
        Console().print(table)


def _to_zone(value: object, zone: ZoneInfo) -> object:
    return value.astimezone(zone) if isinstance(value, datetime) and value.tzinfo else value


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return " ".join(str(value).split())


def _style(value: object) -> str:
    bad, fair, good = {"failed", "failing", "refused", "gone"}, {"cut", "stale", "unsupported", "empty"}, {"new", "ok"}
    word = value if isinstance(value, str) else ""
    return "red" if word in bad else "yellow" if word in fair else "green" if word in good else ""


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Progress bars on stderr when a person looks; the yielded function takes what, how many are done, of how many."""
    if quiet or not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    tasks: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def step(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=of)

        yield step
