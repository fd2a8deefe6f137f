"""Putting restored files in their places: all of them or none, whenever the machine stops.

They wait in ``data/restore.new/``. Until the plan lies beside them nothing has happened; from then on, whoever next
holds the home brings it to its end. What they replace stays, in a folder of ``data/backups/``.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from veille.store.backups import sync

STAGING = "restore.new"
PLAN = "plan.json"
STORE = "data/store.duckdb"
WAL = STORE + ".wal"


def stage(home: Path) -> Path:
    """An empty folder for files to be placed, whose names below it are those in the home."""
    staging = home / "data" / STAGING
    if staging.exists():
        shutil.rmtree(staging)
    (staging / "home").mkdir(parents=True)
    return staging / "home"


def place(home: Path, names: Sequence[str], aside: Path) -> None:
    """Put the staged files of these names into the home; raises OSError and leaves everything as it was."""
    staging = home / "data" / STAGING
    plan = staging / PLAN
    new = staging / "plan.new"
    new.write_text(json.dumps({"names": list(names), "aside": str(aside.relative_to(home))}), "utf-8")
    sync(new)
    new.replace(plan)
    sync(staging)
    try:
        _move_all(home, names, aside)
    except OSError:
        _move_back(home, names, aside)
        plan.unlink()
        raise
    _clear(staging)


def finish_placing(home: Path) -> None:
    """End what a stopped machine left: place what was ready, drop what was not."""
    staging = home / "data" / STAGING
    if staging.is_symlink() or not staging.is_dir():
        raise FileExistsError(errno.EEXIST, "Not what a restore leaves", str(staging))
    if (staging / PLAN).exists():
        _move_all(home, *_read_plan(home, staging / PLAN))
    _clear(staging)


def _read_plan(home: Path, path: Path) -> tuple[Sequence[str], Path]:
    try:
        plan = json.loads(path.read_bytes())
        return list(plan["names"]), home / plan["aside"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise FileExistsError(errno.EEXIST, "Not what a restore leaves", str(path)) from None


def _clear(staging: Path) -> None:
    (staging / PLAN).unlink(missing_ok=True)
    shutil.rmtree(staging)


def _move_all(home: Path, names: Sequence[str], aside: Path) -> None:
    staged = home / "data" / STAGING / "home"
    if STORE in names and (staged / STORE).exists():
        _move(home / WAL, aside / WAL)  # it belongs to the store that goes
    for name in names:
        if (staged / name).exists():  # else it was placed before the machine stopped
            _move(home / name, aside / name)
            _move(staged / name, home / name)
    for folder in {(home / name).parent for name in names}:
        sync(folder)


def _move_back(home: Path, names: Sequence[str], aside: Path) -> None:
    staged = home / "data" / STAGING / "home"
    for name in names:
        if not (staged / name).exists():
            _move(home / name, staged / name)
        _move(aside / name, home / name)
    _move(aside / WAL, home / WAL)


def _move(source: Path, target: Path) -> None:
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
