"""How rows travel between the store and its rooms: each adds its tables' methods to `Rows`.

They go to DuckDB as one parameter, a list in JSON: to bind each value would cost twenty times more.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import duckdb
import orjson

from veille.faults import step

Row = tuple[Any, ...]
Json = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MACHINE_FAULTS = (
    duckdb.IOException, duckdb.FatalException, duckdb.TransactionException, duckdb.OutOfMemoryException,
    duckdb.InternalException, duckdb.SerializationException,
)  # fmt: skip
IDS = """(SELECT unnest(from_json(?, '["VARCHAR"]')))"""


class StoreError(Exception):
    """The store or its published copy cannot be used; says why, for the operator."""


def find_machine_fault(error: BaseException) -> duckdb.Error | None:
    """The first error of this chain that the disk or the memory caused; None where a statement of ours is to blame.

    After it the database is shut, and each further statement fails for that.
    """
    chain: list[BaseException] = [error]
    while (before := chain[-1].__context__) is not None:
        chain.append(before)
    return next((one for one in reversed(chain) if isinstance(one, MACHINE_FAULTS)), None)


class Rows:
    """The connection and its lock. The methods may be called from several threads; each call is one transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._lock = threading.RLock()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, transaction(self._connection):
            yield

    def _execute(self, statement: str, *parameters: object) -> None:
        self._connection.execute(statement, parameters)

    def _rows(self, query: str, *parameters: object) -> list[Row]:
        with self._lock:
            return self._connection.execute(query, parameters).fetchall()

    @cached_property
    def _shapes(self) -> dict[str, str]:
        """For each table, the structure that DuckDB reads its rows from JSON with."""
        shapes: dict[str, dict[str, object]] = {}
        for table, column, type_ in self._rows(
            """SELECT table_name, column_name, data_type FROM duckdb_columns()
               WHERE database_name = 'store' AND schema_name = 'kept' ORDER BY table_name, column_index"""
        ):
            shapes.setdefault(table, {})[column] = [type_[:-2]] if type_.endswith("[]") else type_
        return {table: encode(columns) for table, columns in shapes.items()}

    def _insert(self, table: str, rows: Sequence[Json]) -> None:
        if rows:
            self._execute(
                f"""INSERT INTO kept.{table} BY NAME
                    SELECT unnest(one) FROM (SELECT unnest(from_json(?, '[{self._shapes[table]}]')) AS one)""",
                encode(rows),
            )

    def _delete(self, table: str, column: str, ids: Sequence[str]) -> None:
        if ids:
            self._execute(f"DELETE FROM kept.{table} WHERE {column} IN {IDS}", encode(ids))


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
        connection.commit()
        step("commit")
    except BaseException:
        # A statement that failed for good has ended the transaction already.
        with suppress(duckdb.TransactionException):
            connection.rollback()
        raise


def fields_of(value: Any) -> Json:
    """The fields of a flat dataclass; `asdict` would copy what is in them, many times slower."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


@lru_cache(maxsize=1 << 12)  # many items are seen at one instant
def from_micros(micros: Any) -> Any:
    """An instant from microseconds since 1970, which DuckDB hands over much faster than datetimes with a time zone."""
    return None if micros is None else EPOCH + timedelta(microseconds=micros)


def encode(value: object) -> str:
    """JSON for DuckDB: dates in ISO 8601, and no lone surrogate, which it would refuse a whole page for."""
    try:
        return orjson.dumps(value, default=encode_other).decode()
    except TypeError:  # a lone surrogate, a key that is no string, a number of numpy's
        text = _ENCODER.encode(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def encode_other(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in the store")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=encode_other)
