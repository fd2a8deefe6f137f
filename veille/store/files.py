"""The two database files: their names, how DuckDB is set up for them, and what is done to a file as a file."""

from __future__ import annotations

import os
from pathlib import Path

from veille.store.backups import advise_restore
from veille.store.rows import StoreError

STORE, PUBLISHED = "store.duckdb", "veille.duckdb"

# The machine is small and shared with a model that wants its cores and its memory. The store runs many small
# statements, which a second thread makes dearer; what does not fit in 512 MB is spilled beside the store.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "checkpoint_threshold": "64MB",  # a checkpoint rewrites what the last one wrote of a table: so few of them
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def check_plain(path: Path) -> None:
    """Raises `StoreError` where something else than a file is: a pipe, for one, would be waited for for ever."""
    if path.exists() and not path.is_file():
        raise StoreError(f"{path}: not a file; move it away, or {advise_restore(path.parent)}")


def quote(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def copy_file(source: Path, target: Path) -> None:
    """Copy within the kernel, sharing blocks where the file system can."""
    with source.open("rb") as old, target.open("wb") as new:
        left = os.fstat(old.fileno()).st_size
        while left and (done := os.copy_file_range(old.fileno(), new.fileno(), left)):
            left -= done
