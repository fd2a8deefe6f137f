"""Opening the store and publishing it: the one place that connects to DuckDB."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from veille.faults import step
from veille.store.backups import (
    BACKUPS,
    BEFORE_MIGRATION,
    advise_restore,
    drop_oldest_copies,
    name_restore,
    seal_copy,
    sync,
)
from veille.store.carrying import Carried, Carrying
from veille.store.evidence import Evidences
from veille.store.files import PUBLISHED, SETTINGS, STORE, check_plain, copy_file, quote
from veille.store.format import bring_up_to_date, check_version, load_version
from veille.store.ledger import Ledger
from veille.store.migrations import MIGRATIONS
from veille.store.pages import Pages
from veille.store.ratings import Ratings
from veille.store.recipients import Recipients
from veille.store.rows import StoreError, find_machine_fault
from veille.store.scales import Scales
from veille.store.stories import Stories
from veille.store.trends import Trends
from veille.store.vectors import Embeddings

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 2_048


def open_store(data: Path) -> Store:
    """Open ``data/store.duckdb``, made or brought up to date if need be; raises `StoreError` if it is not ours.

    One that is missing beside its published copy is taken from there: that is the store as the last run left it.
    """
    data.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(data / STORE) and (data / PUBLISHED).exists():
        bring_back(data)
    connection = duckdb.connect(config={**SETTINGS, "temp_directory": str(data / "store.tmp")})
    store = Store(connection, data)
    try:
        store.attach()
        back_up_old_format(store, load_version(connection, data / STORE), data)
        bring_up_to_date(connection, data / STORE)
    except BaseException as error:
        # As a block would end: what the machine did to the file is told as such.
        store.__exit__(type(error), error, error.__traceback__)
        raise
    return store


def bring_back(data: Path) -> None:
    """Make a store that is missing anew, of the published copy; raises `StoreError` if that is not a whole one."""
    path, published = data / STORE, data / PUBLISHED
    try:
        probe_store(published)
    except StoreError as error:
        words = f"is missing, and its copy is no help ({error})"
        raise StoreError(f"{path}: {words}: {name_restore(data)}, or move both away to start anew") from error
    new = path.with_name(STORE + ".new")
    try:
        new.unlink(missing_ok=True)
        copy_file(published, new)
        sync(new)
        new.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: is missing, and cannot be made of {published}: {error.strerror}") from error
    logger.warning("%s was missing: going on with %s, which is as the last run left it", path, published.name)


def load_carried(data: Path) -> Carried:
    """What a store knows of digests that were sent and of who left; raises `StoreError`."""
    with open_store(data) as store:
        return store.load_carried()


def open_store_in_memory() -> Store:
    """A store that is gone when it is closed and never touches the disk: what is only measured is kept nowhere."""
    connection = duckdb.connect(config={**SETTINGS, "memory_limit": "2GB", "temp_directory": ""})
    connection.execute("ATTACH ':memory:' AS store; USE store; SET TimeZone = 'UTC'")
    bring_up_to_date(connection, Path("memory"))
    return Store(connection, Path("memory"))


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


def load_rows(
    connection: duckdb.DuckDBPyConnection, query: str, *parameters: object
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a query and the names of its columns; raises `StoreError` with what DuckDB says."""
    rows: list[dict[str, Any]] = []
    try:
        found = connection.execute(query, parameters) if parameters else connection.execute(query)
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


class Store(Pages, Embeddings, Stories, Scales, Ratings, Trends, Ledger, Recipients, Evidences, Carrying):
    """The open store: all that its rooms load and save. It may be used from several threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, data: Path) -> None:
        super().__init__(connection)
        self._data = data

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.close()
        finally:
            if is_interrupt(error):
                raise KeyboardInterrupt from error
            if isinstance(error, duckdb.Error) and (cause := find_machine_fault(error)):
                raise StoreError(f"{self._data / STORE}: {self._advise(cause)}") from error

    def _advise(self, cause: duckdb.Error) -> str:
        said = str(cause).splitlines()[0].rpartition("Original error: ")[2]
        torn = isinstance(cause, duckdb.InternalException | duckdb.SerializationException)
        if torn or "orrupt" in said or "Could not read" in said:
            return f"is damaged; {advise_restore(self._data)} ({said})"
        return f"{said}; see to space, memory and permissions, then run it again: what was saved before stands"

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def attach(self) -> None:
        """Take hold of the file: raises `StoreError`, and leaves it alone, if it is not a sound DuckDB file."""
        path = self._data / STORE
        check_plain(path)
        try:
            self._connection.execute(f"ATTACH {quote(path)} AS store (TYPE duckdb, STORAGE_VERSION 'v1.5.0')")
        except duckdb.Error as error:
            raise StoreError(f"{path}: cannot be opened as a store; {self._advise_opening(error)} ({error})") from error
        self._connection.execute("USE store; SET TimeZone = 'UTC'")

    def _attach_again(self) -> None:
        path = self._data / STORE
        if not path.exists():  # attaching would make an empty one
            raise StoreError(f"{path}: was taken away while it was in use; {name_restore(self._data)}, or run it again")
        self.attach()

    @property
    def version(self) -> int:
        """The number of its format."""
        return len(MIGRATIONS)

    def checkpoint(self) -> None:
        """Bring everything that was committed into the file; raises `StoreError` if it cannot be written or read."""
        with self._lock:
            try:
                self._connection.execute("CHECKPOINT store")
            except duckdb.Error as error:
                raise StoreError(f"{self._data / STORE}: {self._advise(error)}") from error

    def _advise_opening(self, error: duckdb.Error) -> str:
        if "Could not set lock" in str(error):
            return "close it there"
        if "WAL" in str(error):
            lost = "what was saved last is lost, and a digest that was sent then may be sent again"
            return f"{name_restore(self._data)}, or move {STORE}.wal away: {lost}"
        return advise_restore(self._data)

    def copy_to(self, target: Path) -> None:
        """Copy the store's file as it is now, with everything that was committed in it."""
        with self._lock:
            self.checkpoint()
            self._connection.execute("USE memory; DETACH store")
            # Only now: closing a second handle to a file drops this process's locks on it, DuckDB's included.
            try:
                copy_file(self._data / STORE, target)
            finally:
                self._attach_again()

    def publish(self) -> Path:
        """Put a copy of the store where everyone reads it, in one step; who reads the one before keeps it.

        The copy is not synced to the disk: it can be made again from the store at any time.
        """
        published = self._data / PUBLISHED
        copy = published.with_name(PUBLISHED + ".new")
        try:
            copy.unlink(missing_ok=True)  # and not what a link that lies there leads to
            self.copy_to(copy)
        except OSError as error:
            with suppress(OSError):
                copy.unlink()
            words = f"{copy}: the copy that everyone reads cannot be written ({error.strerror})"
            raise StoreError(f"{words}; make room, then run it again: all was saved") from error
        step("publish-copied")
        # What a reader that opened the copy for writing left would be replayed on the new one.
        published.with_name(PUBLISHED + ".wal").unlink(missing_ok=True)
        copy.replace(published)
        step("published")
        return published

    def save_duplicates(self) -> None:
        """Point each item that shares an identifier or an address with an earlier one to the earliest of them."""
        with self._transaction():
            self._execute("DELETE FROM kept.duplicates")
            self._execute("""
                INSERT INTO kept.duplicates
                WITH keys AS (
                    SELECT item_id, first_seen_at, 'url ' || canonical_url AS key FROM kept.items
                    UNION ALL
                    SELECT item_id, first_seen_at, unnest(json_keys(identifiers)) || ' '
                                                   || unnest(identifiers->>'$.*') FROM kept.items
                    WHERE identifiers IS NOT NULL),
                earliest AS (
                    SELECT key, min((first_seen_at, item_id)) AS told FROM keys GROUP BY key HAVING count(*) > 1)
                SELECT item_id, min(told)[2] AS duplicate_of FROM keys JOIN earliest USING (key)
                GROUP BY item_id HAVING duplicate_of <> item_id""")


@dataclass(frozen=True, slots=True)
class Probe:
    """What a store's file holds."""

    version: int  # of its format
    rows: int


def probe_store(path: Path) -> Probe:
    """Read every block of a store's file, changing nothing; raises `StoreError` if it is damaged, foreign or newer.

    Nobody may have it open to write.
    """
    check_plain(path)
    connection = duckdb.connect(config={**SETTINGS, "temp_directory": ""})
    try:
        connection.execute(f"ATTACH {quote(path)} AS store (TYPE duckdb, READ_ONLY)")
        connection.execute("USE store")
        version = check_version(load_version(connection, path), path)
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kept'").fetchall()
        rows = 0
        for (table,) in tables:
            counted = connection.execute(f"SELECT count(hash(t)), sum(hash(t)) FROM kept.{table} AS t").fetchone()
            rows += counted[0] if counted else 0
    except duckdb.Error as error:
        raise StoreError(f"{path}: cannot be read as a store ({str(error).splitlines()[0]})") from error
    finally:
        connection.close()
    return Probe(version, rows)


def back_up_old_format(store: Store, version: int, data: Path) -> None:
    """Copy a store that is about to be brought up to date: the way back to the version that wrote it."""
    if not 0 < version < len(MIGRATIONS):
        return
    copy = data / BACKUPS / BEFORE_MIGRATION.format(version=version, day=datetime.now(UTC).date())
    new = copy.with_name(copy.name + ".new")
    try:
        copy.parent.mkdir(exist_ok=True)
        store.copy_to(new)
        seal_copy(new, copy)
        drop_oldest_copies(data)
    except OSError as error:
        new.unlink(missing_ok=True)
        words = f"{copy}: no backup can be made before the store is brought up to date: make room"
        raise StoreError(f"{words} ({error.strerror})") from error
