"""The format of a store's file: its number, the migrations that it lacks, the views of this version."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from veille.store.backups import advise_restore
from veille.store.migrations import MIGRATIONS
from veille.store.rows import StoreError, transaction
from veille.values import short_hash

if TYPE_CHECKING:
    import duckdb


def check_version(version: int, path: Path) -> int:
    """The version, if this program knows it."""
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path}: written by a newer veille (format {version}, this one knows {len(MIGRATIONS)}): install that one"
            " again, or restore a backup from before with this one"
        )
    return version


def bring_up_to_date(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Apply the migrations that the attached file lacks, then its views if they differ from this version's."""
    version = check_version(load_version(connection, path), path)
    for number, migrate in enumerate(MIGRATIONS[version:], version + 1):
        with transaction(connection):
            if number == 1:
                connection.execute("CREATE SCHEMA kept; CREATE TABLE kept.migrations (number INTEGER, name VARCHAR)")
                connection.execute("CREATE TABLE kept.views (digest VARCHAR)")
            migrate(connection)
            connection.execute("INSERT INTO kept.migrations VALUES (?, ?)", [number, migrate.__name__])
    replace_views(connection, files("veille.store").joinpath("views.sql").read_text("utf-8"))


def load_version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The number of the last migration of the attached file: 0 when it is empty."""
    tables = {f"{schema}.{name}" for schema, name in connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'store' UNION ALL "
        "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'store' AND NOT internal"
    ).fetchall()}  # fmt: skip
    if not tables:
        return 0
    if "kept.migrations" not in tables:
        raise StoreError(f"{path}: a DuckDB database, but not one of veille's; {advise_restore(path.parent)}")
    (row,) = connection.execute("SELECT max(number) FROM kept.migrations").fetchall()
    return int(row[0])


def replace_views(connection: duckdb.DuckDBPyConnection, script: str) -> None:
    digest = short_hash(script)
    if connection.execute("SELECT digest FROM kept.views").fetchall() == [(digest,)]:
        return
    with transaction(connection):
        names = connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE database_name = 'store' AND NOT internal"
        ).fetchall()
        for (name,) in names:
            connection.execute(f'DROP VIEW main."{name}"')
        connection.execute(script)
        connection.execute("DELETE FROM kept.views")
        connection.execute("INSERT INTO kept.views VALUES (?)", [digest])
