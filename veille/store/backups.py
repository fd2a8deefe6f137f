"""Copies kept for bad days, in ``data/backups/``: where they lie, which is the newest, and whether one is whole.

A copy of the store's file has its SHA-256 beside it, as ``sha256sum`` writes it; an archive has its sums inside.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from contextlib import suppress
from pathlib import Path

BACKUPS = "backups"
WEEKLY = "weekly-{week}.zip"
BEFORE_MIGRATION = "store-format-{version}-{day}.duckdb"
KEPT_BEFORE_MIGRATIONS = 2
BLOCK = 1 << 20


def find_backups(data: Path) -> list[Path]:
    """Every backup that was made by itself, newest first: weekly archives and copies from before a migration."""
    folder = data / BACKUPS
    found = [*folder.glob("weekly-*.zip"), *folder.glob("store-format-*.duckdb")]
    return sorted(found, key=lambda path: (path.stat().st_mtime, path.name), reverse=True)


def advise_restore(data: Path) -> str:
    """What to do about a store that cannot be used: its newest backup, and the copy that everyone reads."""
    away = "go on from the published copy" if (data / "veille.duckdb").is_file() else "start anew"
    return f"{name_restore(data)}, or move the file away to {away}"


def name_restore(data: Path) -> str:
    """The command that restores the newest backup, if there is one."""
    newest = next((shlex.quote(str(path)) for path in find_backups(data)), None)
    command = f"veille --home {shlex.quote(str(data.parent))} restore {newest or 'FILE'} --force"
    return f"restore {'the newest' if newest else 'a'} backup with `{command}`"


def sum_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def locate_sum(copy: Path) -> Path:
    return copy.with_name(copy.name + ".sha256")


def seal_copy(new: Path, copy: Path) -> None:
    """Put a fresh copy in its place for good, its sum beside it first: a copy without one is no backup."""
    sum_path = locate_sum(copy)
    sum_path.write_text(f"{sum_file(new)}  {copy.name}\n", "ascii")
    sync(sum_path)
    sync(new)
    new.replace(copy)
    sync(copy.parent)


def read_sum(copy: Path) -> str | None:
    """The sum that was written beside a copy of the store's file; None without one."""
    with suppress(OSError, ValueError, IndexError):
        return locate_sum(copy).read_text("ascii").split()[0]
    return None


def drop_oldest_copies(data: Path) -> None:
    """Keep the newest copies from before migrations, and no more."""
    copies = [path for path in find_backups(data) if path.suffix == ".duckdb"]
    for path in copies[KEPT_BEFORE_MIGRATIONS:]:
        path.unlink()
        locate_sum(path).unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
