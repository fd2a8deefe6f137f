"""How often a kind of run failed in a row, in a small file beside the store: it counts also what never opened that.

The file is written in place, and its length is always a whole number of blocks: a disk that filled up since has room
for it. Where ``data/`` takes nothing any more it goes to ``reports/``. A run that goes on holds a lock on it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from veille.home import Home, read_plain

RunKind = Literal["collect", "digest", "run", "serve"]
NAME = "failing-{kind}.json"
BLOCK = 4096
LONGEST_REASON = 2000
KILLED = "It was ended without a word: it was killed, or the machine stopped."


@dataclass(frozen=True, slots=True)
class Streak:
    """Runs of one kind that failed one after the other, up to the last."""

    kind: RunKind
    count: int = 0
    since: datetime | None = None  # the first of them
    error: str = ""  # what the last one said
    told: bool = False  # the operator was mailed
    open: bool = False  # the last one is counted, and has not come to its end


def load_streak(home: Home, kind: RunKind) -> Streak:
    """The failures that end with the last run of this kind; a count of 0 when it went well, or nothing is known."""
    found = [path for path in _find_places(home, kind) if path.is_file()]
    for path in sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        with suppress(OSError, ValueError, TypeError, KeyError):
            row = json.loads(read_plain(path))
            since = row["since"] and datetime.fromisoformat(row["since"])
            return Streak(kind, int(row["count"]), since, str(row["error"]), bool(row["told"]), bool(row["open"]))
    return Streak(kind)


def hold_streak(home: Home, kind: RunKind) -> int | None:
    """Say that a run of this kind goes on, until the handed back descriptor is closed, or the process ends.

    None where another one does. Raises OSError where nothing can be kept.
    """
    first, other = _find_places(home, kind)
    try:
        opened = _open(first)
    except OSError:
        opened = _open(other)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    return opened


def _goes_on(home: Home, kind: RunKind) -> bool:
    for path in _find_places(home, kind):
        with suppress(OSError), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def save_streak(home: Home, streak: Streak) -> None:
    """Keep it; raises OSError where it can be kept nowhere."""
    row = asdict(streak) | {"since": streak.since and streak.since.isoformat(), "error": streak.error[:LONGEST_REASON]}
    body = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")
    body += b" " * (-(len(body) + 1) % BLOCK) + b"\n"
    first, other = _find_places(home, streak.kind)
    try:
        _write(first, body)
    except OSError:
        _write(other, body)
    else:
        with suppress(OSError):
            other.unlink(missing_ok=True)


def _find_places(home: Home, kind: RunKind) -> tuple[Path, Path]:
    name = NAME.format(kind=kind)
    return home.data / name, home.reports / name


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o640)


def _write(path: Path, body: bytes) -> None:
    opened = _open(path)
    try:
        os.pwrite(opened, body, 0)
        os.ftruncate(opened, len(body))
    finally:
        os.close(opened)


def find_failing(home: Home) -> Iterator[Streak]:
    """The kinds whose last run failed; not counted is one that goes on."""
    for kind in get_args(RunKind):
        streak = load_streak(home, kind)
        goes_on = streak.open and _goes_on(home, kind)
        if (count := streak.count - goes_on) > 0:
            error = KILLED if streak.open and not goes_on else streak.error
            yield Streak(streak.kind, count, streak.since, error, streak.told)
