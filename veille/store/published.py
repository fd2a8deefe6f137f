"""The copy that everyone reads, opened to read it and do nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from veille.store.files import PUBLISHED, SETTINGS, check_plain, quote
from veille.store.rows import StoreError

ROWS_AT_ONCE = 2_048


def open_published(data: Path, *, may_write: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Open ``data/veille.duckdb`` to read it and do nothing else: no file but ``may_write``, no extension, no setting.

    Attached rather than connected to: DuckDB would hand a second connection to the same path the file as it was when
    the first one was opened.
    """
    path = data / PUBLISHED
    if not path.exists():
        raise StoreError(f"{path}: nothing is published yet; run `veille collect` first")
    check_plain(path)
    connection = duckdb.connect(config={**SETTINGS, "threads": 2, "temp_directory": ""})
    try:
        connection.execute(f"ATTACH {quote(path)} AS veille (TYPE duckdb, READ_ONLY)")
    except duckdb.Error as error:
        connection.close()
        raise StoreError(f"{path}: cannot be read; the next `veille collect` replaces it ({error})") from error
    allowed = "" if may_write is None else quote(may_write)
    connection.execute(
        f"USE veille; SET TimeZone = 'UTC'; SET allowed_paths = [{allowed}]; SET enable_external_access = false;"
        " SET lock_configuration = true"
    )
    return connection


def load_rows(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a query and the names of its columns; raises `StoreError` with what DuckDB says."""
    rows: list[dict[str, Any]] = []
    try:
        found = connection.execute(query)
        if found is None:  # nothing was asked
            return [], []
        columns = [column[0] for column in found.description or ()]
        while part := found.fetchmany(ROWS_AT_ONCE):  # a thread that keeps the time has its turn in between
            rows += [dict(zip(columns, row, strict=True)) for row in part]
        return rows, columns
    except (duckdb.Error, UnicodeError) as error:
        raise StoreError(str(error)) from error
    except RuntimeError as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from error
        raise
    except MemoryError as error:
        raise StoreError("the result is larger than the memory that a query may use: ask for less of it") from error


def is_interrupt(error: BaseException | None) -> bool:
    """Whether this is DuckDB's word for a signal that came during a statement, in the place of Python's."""
    return isinstance(error, RuntimeError) and str(error) == "Query interrupted"
