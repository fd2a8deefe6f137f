"""The store: one DuckDB file that one process at a time works in, and the copy of it that everyone reads.

This is the only module that opens DuckDB. ``store.duckdb`` is private: whoever opens it holds the home's lock. Its
tables are in the schema ``kept``; the contract's views are in ``main``, so that publishing is copying the file.
Instants go in and come out aware and in UTC. Nothing is ever deleted from the items.

Rows travel to DuckDB as one parameter, a line of JSON each: to bind each value would cost twenty times more.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb

from veille.migrations import MIGRATIONS
from veille.values import (
    Bookmark,
    Course,
    Deadline,
    Details,
    Event,
    Fetch,
    Item,
    Link,
    Member,
    Paper,
    Score,
    SeenItem,
    Story,
    short_hash,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from veille.config import Source

    Vectors = NDArray[np.float32]

Row = tuple[Any, ...]
Json = dict[str, Any]
Known = tuple[str, str, datetime, datetime]  # fingerprint, row hash, first seen, updated
Entry = tuple[int, str, str | None, str | None, float | None, Sequence[str]]

STORE, PUBLISHED = "store.duckdb", "veille.duckdb"

# The machine is small and shared with a model that wants its cores and its memory. The store runs many small
# statements, which a second thread makes dearer; what does not fit in 512 MB is spilled beside the store.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
IDS = """(SELECT unnest(from_json(?, '["VARCHAR"]')))"""
ITEM_COLUMNS = """
    source_id, kind, section, guid, url, canonical_url, title, summary, authors, language, epoch_us(published_at),
    identifiers, details, content_hash, fingerprint, epoch_us(first_seen_at), epoch_us(updated_at)"""


# A digest of a past week must find its sources as they were; the view `sources` says how they are now.
HEALTH = """
    WITH asked AS (
        SELECT source_id, started_at, outcome, error, http_status, outcome IN ('failed', 'refused', 'gone') AS failed
        FROM kept.fetches WHERE started_at <= ? AND outcome <> 'unsupported'),
    answers AS (
        SELECT source_id, max_by(outcome, started_at) AS outcome, max_by(failed, started_at) AS failed,
               max_by(error, started_at) AS error, max_by(http_status, started_at) AS http_status,
               max(started_at) FILTER (NOT failed) AS read_at
        FROM asked GROUP BY source_id),
    failures AS (
        SELECT source_id, min(started_at) AS failing_since FROM asked JOIN answers USING (source_id)
        WHERE asked.failed AND started_at > coalesce(read_at, '-infinity') GROUP BY source_id),
    told AS (
        SELECT source_id, told_at,
               epoch(told_at) - epoch(lag(told_at) OVER (PARTITION BY source_id ORDER BY told_at)) AS gap
        FROM (SELECT source_id, coalesce(published_at, first_seen_at) AS told_at
              FROM kept.items WHERE first_seen_at <= ?)),
    cadence AS (
        SELECT source_id, max(told_at) AS newest_at, greatest(14 * 86400, 4 * coalesce(median(gap), 0)) AS patience
        FROM told GROUP BY source_id)
    SELECT s.source_id,
           CASE WHEN NOT s.enabled THEN 'disabled' WHEN a.outcome = 'gone' THEN 'gone' WHEN a.failed THEN 'failing'
                WHEN epoch(a.read_at) - epoch(c.newest_at) > c.patience THEN 'stale' ELSE 'ok' END AS state,
           a.error, a.http_status, epoch_us(CASE WHEN a.failed THEN f.failing_since ELSE c.newest_at END)
    FROM kept.sources s LEFT JOIN answers a USING (source_id) LEFT JOIN failures f USING (source_id)
    LEFT JOIN cadence c USING (source_id)
    WHERE s.configured ORDER BY s.source_id"""


class StoreError(Exception):
    """The store or its published copy cannot be used; says why, for the operator."""


class FrozenDigestError(StoreError):
    """A message of this digest was accepted: its entries stay what they were."""


def open_store(data: Path) -> Store:
    """Open ``data/store.duckdb``, made or brought up to date if need be; raises `StoreError` if it is not ours."""
    data.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={**SETTINGS, "temp_directory": str(data / "store.tmp")})
    try:
        store = Store(connection, data)
        store.attach()
        bring_up_to_date(connection, data / STORE)
    except BaseException:
        connection.close()
        raise
    return store


def open_published(data: Path) -> duckdb.DuckDBPyConnection:
    """Open ``data/veille.duckdb`` to read it and do nothing else: no files, no extensions, no settings.

    Attached rather than connected to: DuckDB would hand a second connection to the same path the file as it was when
    the first one was opened.
    """
    path = data / PUBLISHED
    if not path.exists():
        raise StoreError(f"{path}: nothing is published yet; run `veille collect` first")
    connection = duckdb.connect(config={**SETTINGS, "threads": 2, "temp_directory": ""})
    try:
        connection.execute(f"ATTACH {quote(path)} AS veille (TYPE duckdb, READ_ONLY)")
    except duckdb.Error as error:
        connection.close()
        raise StoreError(f"{path}: cannot be read; the next `veille collect` replaces it ({error})") from error
    connection.execute(
        "USE veille; SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true"
    )
    return connection


def load_rows(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a query and the names of its columns; raises `StoreError` with what DuckDB says."""
    try:
        found = connection.execute(query)
        columns = [column[0] for column in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()], columns
    except duckdb.Error as error:
        raise StoreError(str(error)) from error


def bring_up_to_date(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Apply the migrations that the attached file lacks, then its views if they differ from this version's."""
    version = load_version(connection, path)
    if version > len(MIGRATIONS):
        raise StoreError(f"{path}: written by a newer veille (format {version}, this one knows {len(MIGRATIONS)})")
    # A backup of the file belongs here, before the first step, when 0 < version < len(MIGRATIONS).
    for number, migrate in enumerate(MIGRATIONS[version:], version + 1):
        with transaction(connection):
            if number == 1:
                connection.execute("CREATE SCHEMA kept; CREATE TABLE kept.migrations (number INTEGER, name VARCHAR)")
                connection.execute("CREATE TABLE kept.views (digest VARCHAR)")
            migrate(connection)
            connection.execute("INSERT INTO kept.migrations VALUES (?, ?)", [number, migrate.__name__])
    replace_views(connection, files("veille").joinpath("views.sql").read_text("utf-8"))


def load_version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The number of the last migration of the attached file: 0 when it is empty."""
    tables = {f"{schema}.{name}" for schema, name in connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'store'").fetchall()}  # fmt: skip
    if not tables:
        return 0
    if "kept.migrations" not in tables:
        raise StoreError(f"{path}: a DuckDB database, but not one of veille's; move it away")
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


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        # A statement that failed for good has ended the transaction already.
        with suppress(duckdb.TransactionException):
            connection.rollback()
        raise


class Store:
    """The open store. Its methods may be called from several threads; each call is one transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, data: Path) -> None:
        self._connection, self._data = connection, data
        self._lock = threading.RLock()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def attach(self) -> None:
        """Take hold of the file: raises `StoreError`, and leaves it alone, if it is not a sound DuckDB file."""
        path = self._data / STORE
        try:
            self._connection.execute(f"ATTACH {quote(path)} AS store (TYPE duckdb, STORAGE_VERSION 'v1.5.0')")
        except duckdb.Error as error:
            advice = "close it there" if "lock" in str(error) else "move it away or restore it"
            raise StoreError(f"{path}: cannot be opened as a store; {advice} ({error})") from error
        self._connection.execute("USE store; SET TimeZone = 'UTC'")

    def publish(self) -> Path:
        """Put a copy of the store where everyone reads it, in one step; who reads the one before keeps it.

        The copy is not synced to the disk: it can be made again from the store at any time.
        """
        published = self._data / PUBLISHED
        copy = published.with_name(PUBLISHED + ".new")
        with self._lock:
            self._save_duplicates()
            self._connection.execute("CHECKPOINT store; USE memory; DETACH store")
            # Only now: closing a second handle to a file drops this process's locks on it, DuckDB's included.
            try:
                copy_file(self._data / STORE, copy)
            finally:
                self.attach()
        # What a reader that opened the copy for writing left would be replayed on the new one.
        published.with_name(PUBLISHED + ".wal").unlink(missing_ok=True)
        copy.replace(published)
        return published

    # --- sources and their health

    def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the configured sources those of the view; one that left the configuration keeps its history unseen."""
        columns = ("source_id", "kind", "section", "url", "language", "weight", "enabled")
        wanted = [(s.id, s.kind, s.section, s.url, s.language, s.weight, s.enabled) for s in sources]
        with self._transaction():
            kept = {row[0]: row for row in self._rows(f"SELECT {', '.join(columns)}, configured FROM kept.sources")}
            changed = [row for row in wanted if kept.get(row[0]) != (*row, True)]
            removed = [id for id, row in kept.items() if row[-1] and id not in {row[0] for row in wanted}]
            if not changed and not removed:
                return
            added: dict[str, str] = dict(self._rows("SELECT source_id, added_at::VARCHAR FROM kept.sources"))
            self._execute(f"UPDATE kept.sources SET configured = false WHERE source_id IN {IDS}", encode(removed))
            self._execute(f"DELETE FROM kept.sources WHERE source_id IN {IDS}", encode([row[0] for row in changed]))
            self._insert(
                "sources",
                [
                    dict(zip(columns, row, strict=True), configured=True, added_at=added.get(row[0], now))
                    for row in changed
                ],
            )

    def load_bookmarks(self) -> dict[str, Bookmark]:
        """By source id, of every source that was ever asked."""
        rows = self._rows("""
            SELECT source_id, url, etag, last_modified, cursor, epoch_us(not_before), epoch_us(last_success_at),
                   epoch_us(first_failure_at), consecutive_failures, gone FROM kept.bookmarks""")
        return {
            id: Bookmark(
                url,
                etag,
                modified,
                cursor,
                from_micros(not_before),
                from_micros(succeeded),
                from_micros(failed),
                failures,
                gone,
            )
            for id, url, etag, modified, cursor, not_before, succeeded, failed, failures, gone in rows
        }

    def save_page(self, source: Source, items: Sequence[Item], bookmark: Bookmark, now: datetime) -> tuple[int, int]:
        """One source's part of `save_pages`: how many items were new, and how many changed."""
        return self.save_pages([(source.id, items, bookmark)], now)[0]

    def save_pages(self, pages: Sequence[tuple[str, Sequence[Item], Bookmark]], now: datetime) -> list[tuple[int, int]]:
        """Save what sources told, by source id, together with their bookmarks, in one transaction.

        An item is new if its source and guid were never seen, and changed if its fingerprint is another. What a reader
        does not see (date, section, addresses, identifiers) follows the source without counting as a change.
        Gives the numbers of new and changed items, a pair a page. An item twice in a page counts once, as told last.
        """
        told = [{item.item_id: item for item in items} for _, items, _ in pages]
        with self._transaction():
            known = self._load_known([source_id for source_id, _, _ in pages])
            counts = []
            rows: list[Json] = []
            for items in told:
                judged = [judge_item(item_id, item, known.get(item_id), now) for item_id, item in items.items()]
                counts.append(tuple(sum(verdict == word for verdict, _ in judged) for word in ("new", "changed")))
                rows += [row for verdict, row in judged if verdict != "same"]
            self._delete("items", "item_id", [row["item_id"] for row in rows if row["item_id"] in known])
            self._insert("items", rows)
            self._save_bookmarks({source_id: bookmark for source_id, _, bookmark in pages})
        return [(new, changed) for new, changed in counts]

    def save_fetch(self, fetch: Fetch, bookmark: Bookmark) -> None:
        self.save_fetches([(fetch, bookmark)])

    def save_fetches(self, fetches: Sequence[tuple[Fetch, Bookmark]]) -> None:
        """Save how sources answered, whatever the outcome, in one transaction: a transaction each costs a disk sync."""
        with self._transaction():
            self._insert("fetches", [fields_of(fetch) for fetch, _ in fetches])
            self._save_bookmarks({fetch.source_id: bookmark for fetch, bookmark in fetches})

    # --- items

    def load_items(
        self, *, item_ids: Sequence[str] | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> list[SeenItem]:
        """Items by first sighting, then id: those named, and first seen within these instants, ends included."""
        return self._load_items(
            "(? IS NULL OR first_seen_at >= ?) AND (? IS NULL OR first_seen_at <= ?)"
            + (f" AND item_id IN {IDS}" if item_ids is not None else ""),
            [since, since, until, until, *([encode(item_ids)] if item_ids is not None else [])],
        )

    def load_sample(self, size: int, *, until: datetime | None = None) -> list[SeenItem]:
        """``size`` items that stand for all, the same ones each time: ids are hashes, so the first are a fair draw."""
        return self._load_items(
            """item_id IN (SELECT item_id FROM kept.items WHERE ? IS NULL OR first_seen_at <= ?
                           ORDER BY item_id LIMIT ?)""",
            [until, until, size],
        )

    def save_keys(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Replace the identity keys of these items, by item id."""
        with self._transaction():
            self._delete("item_keys", "item_id", list(keys))
            self._insert(
                "item_keys", [{"item_id": item_id, "key": key} for item_id, own in keys.items() for key in own]
            )

    def load_candidates(self, items: Sequence[SeenItem], *, crowd: int = 50) -> list[SeenItem]:
        """Other items that share a saved identity key with these; a key of more than ``crowd`` items says nothing."""
        item_ids = encode([seen.item_id for seen in items])
        return self._load_items(
            f"""item_id IN (
                    WITH shared AS (
                        SELECT key FROM kept.item_keys GROUP BY key
                        HAVING count(*) BETWEEN 2 AND ? AND bool_or(item_id IN {IDS}))
                    SELECT item_id FROM kept.item_keys SEMI JOIN shared USING (key))
                AND item_id NOT IN {IDS}""",
            [crowd, item_ids, item_ids],
        )

    # --- vectors

    def load_unembedded(self, model: str, limit: int | None = None) -> list[tuple[str, str, str]]:
        """Content hash, title and summary of each distinct text without a vector of this model, newest first."""
        return [
            (content_hash, title, summary)
            for content_hash, title, summary in self._rows(
                """SELECT content_hash, first(title ORDER BY item_id), first(summary ORDER BY item_id)
                   FROM kept.items
                   ANTI JOIN (SELECT content_hash FROM kept.embeddings WHERE model = ?) USING (content_hash)
                   GROUP BY content_hash ORDER BY max(first_seen_at) DESC, content_hash LIMIT ?""",
                model,
                limit,
            )
        ]

    def load_missing_hashes(self, model: str, hashes: Sequence[str]) -> list[str]:
        """Those of the hashes that have no vector of this model, in their order."""
        query = f"SELECT content_hash FROM kept.embeddings WHERE model = ? AND content_hash IN {IDS}"
        known = {row[0] for row in self._rows(query, model, encode(hashes))}
        return [content_hash for content_hash in hashes if content_hash not in known]

    def has_vectors(self, model: str) -> bool:
        """Whether any text was embedded with this model."""
        return bool(self._rows("SELECT 1 FROM kept.embeddings WHERE model = ? LIMIT 1", model))

    def save_vectors(self, model: str, hashes: Sequence[str], vectors: Vectors) -> None:
        """Keep a unit vector a text, rows of a float32 matrix in the order of the hashes; others of theirs go.

        Raises `StoreError` if the model's earlier vectors have another number of dimensions.
        """
        import numpy as np

        if not len(hashes):
            return
        matrix = np.asarray(vectors, dtype=np.float32)
        if matrix.ndim != 2 or len(matrix) != len(hashes):
            raise ValueError(f"{len(hashes)} hashes, but vectors of shape {matrix.shape}")
        # DuckDB scans numpy columns as they are; as a nested parameter each number would be a Python object.
        columns = {f"c{number}": np.ascontiguousarray(column) for number, column in enumerate(matrix.T)}
        columns["content_hash"] = np.array(list(hashes), dtype=object)
        listed = ", ".join(f"c{number}" for number in range(matrix.shape[1]))
        with self._transaction():
            self._check_dimensions(model, matrix.shape[1])
            self._execute(
                f"DELETE FROM kept.embeddings WHERE model = ? AND content_hash IN {IDS}", model, encode(hashes)
            )
            self._connection.register("given_vectors", columns)
            try:
                self._execute(
                    f"INSERT INTO kept.embeddings SELECT content_hash, ?, [{listed}] FROM given_vectors", model
                )
            finally:
                self._connection.unregister("given_vectors")

    def load_vectors(
        self, model: str, *, hashes: Sequence[str] | None = None, until: datetime | None = None
    ) -> tuple[list[str], Vectors]:
        """Content hashes in order, and their vectors as rows of a float32 matrix.

        Only those named; with ``until`` only texts of items first seen up to then.
        """
        condition, parameters = "model = ?", list[object]([model])
        if hashes is not None:
            condition, parameters = f"{condition} AND content_hash IN {IDS}", [*parameters, encode(hashes)]
        if until is not None:
            condition += " AND content_hash IN (SELECT content_hash FROM kept.items WHERE first_seen_at <= ?)"
            parameters = [*parameters, until]
        return self._load_matrix(
            f"SELECT content_hash AS id, vector FROM kept.embeddings WHERE {condition}", *parameters
        )

    def load_vector_index(self, model: str, until: datetime | None = None) -> tuple[list[str], Vectors]:
        """Item ids in order, and a row of a float32 matrix for each item that has a vector of this model."""
        return self._load_matrix(
            """SELECT item_id AS id, vector FROM kept.items
               JOIN (SELECT content_hash, vector FROM kept.embeddings WHERE model = ?) USING (content_hash)
               WHERE ? IS NULL OR first_seen_at <= ?""",
            model,
            until,
            until,
        )

    # --- stories and scores

    def load_unlinked(self, model: str) -> list[SeenItem]:
        """Items to be placed among the others: new, edited, or with a vector of this model, since they last were."""
        return self._load_items(
            """item_id IN (
                SELECT i.item_id FROM kept.items i LEFT JOIN kept.linked l USING (item_id)
                WHERE l.fingerprint IS DISTINCT FROM i.fingerprint
                   OR (NOT list_contains(l.models, ?)
                       AND i.content_hash IN (SELECT content_hash FROM kept.embeddings WHERE model = ?)))""",
            [model, model],
        )

    def save_links(self, for_items: Sequence[str], links: Sequence[Link]) -> None:
        """Replace every link that touches these items, and remember that they are placed, as they are now."""
        placed = encode(for_items)
        with self._transaction():
            self._execute(f"DELETE FROM kept.links WHERE a IN {IDS} OR b IN {IDS}", placed, placed)
            self._insert("links", [fields_of(link) for link in links])
            self._delete("linked", "item_id", for_items)
            self._execute(
                f"""INSERT INTO kept.linked
                    SELECT item_id, first(fingerprint), coalesce(list(DISTINCT model) FILTER (model IS NOT NULL), [])
                    FROM kept.items
                    LEFT JOIN (SELECT content_hash, model FROM kept.embeddings) USING (content_hash)
                    WHERE item_id IN {IDS} GROUP BY item_id""",
                placed,
            )

    def load_links(self, item_ids: Sequence[str]) -> list[Link]:
        """The links that touch any of these items."""
        named = encode(item_ids)
        return [
            Link(*row)
            for row in self._rows(
                f"""SELECT a, b, relation, similarity, reason FROM kept.links
                    WHERE a IN {IDS} OR b IN {IDS} ORDER BY ALL""",
                named,
                named,
            )
        ]

    def load_component(self, item_ids: Sequence[str]) -> tuple[list[SeenItem], list[Link]]:
        """Everything that hangs together with these items, through links or by sharing a story, and all its links."""
        reached = [
            item_id
            for (item_id,) in self._rows(
                # A story's id is an item's, so membership is an edge like any other.
                f"""WITH RECURSIVE
                    edges AS (SELECT a, b FROM kept.links UNION ALL SELECT b, a FROM kept.links
                              UNION ALL SELECT story_id, item_id FROM kept.story_items
                              UNION ALL SELECT item_id, story_id FROM kept.story_items),
                    reached AS (SELECT * FROM {IDS} AS given(item_id)
                                UNION SELECT e.b FROM reached r JOIN edges e ON e.a = r.item_id)
                    SELECT item_id FROM reached""",
                encode(item_ids),
            )
        ]
        return self.load_items(item_ids=reached), self.load_links(reached)

    def save_stories(self, item_ids_affected: Sequence[str], stories: Sequence[Story], now: datetime) -> int:
        """Replace the stories of these items and take back their scores; how many stories were not there before."""
        ids = [story.story_id for story in stories]
        with self._transaction():
            rows = self._rows(f"SELECT story_id FROM kept.stories WHERE story_id IN {IDS}", encode(ids))
            self._delete("story_items", "item_id", item_ids_affected)
            self._delete("stories", "story_id", ids)
            self._delete("scored", "story_id", ids)
            self._insert("stories", [{"story_id": s.story_id, "item_id": s.item_id, "built_at": now} for s in stories])
            self._insert(
                "story_items", [{"story_id": s.story_id, **fields_of(member)} for s in stories for member in s.members]
            )
            for table in ("stories", "scores", "scored"):
                self._execute(f"DELETE FROM kept.{table} WHERE story_id NOT IN (SELECT story_id FROM kept.story_items)")
        return len(set(ids) - {story_id for (story_id,) in rows})

    def load_stories(self, *, since: datetime, until: datetime) -> list[Story]:
        """Stories with an item first seen within these instants, ends included, told by the items seen up to then."""
        return self._load_stories(
            """story_id IN (SELECT story_id FROM kept.story_items SEMI JOIN
                            (SELECT item_id FROM kept.items WHERE first_seen_at BETWEEN ? AND ?) USING (item_id))
               AND first_seen_at <= ?""",
            [since, until, until],
        )

    def load_unscored(self, topics: str, besides: Iterable[str] = ()) -> list[Story]:
        """Stories that got no scores for these topics (a fingerprint) since they were last built; not ``besides``."""
        return self._load_stories(
            f"""story_id NOT IN (SELECT story_id FROM kept.scored WHERE topics = ?)
                AND story_id NOT IN {IDS}""",
            [topics, encode(list(besides))],
        )

    def save_scores(self, scores: Sequence[Score], topics: str) -> None:
        """Replace the scores of the stories that have any here; ``topics`` is a fingerprint of what they were for."""
        ids = list(dict.fromkeys(score.story_id for score in scores))
        with self._transaction():
            self._delete("scores", "story_id", ids)
            self._delete("scored", "story_id", ids)
            self._insert("scores", [fields_of(score) for score in scores])
            self._insert("scored", [{"story_id": id, "topics": topics} for id in ids])

    def load_scores(self, story_ids: Sequence[str] | None = None) -> list[Score]:
        """Scores by story and topic, of these stories or of all."""
        condition = "true" if story_ids is None else f"story_id IN {IDS}"
        rows = self._rows(
            f"""SELECT story_id, topic_id, score, relevant, reasons FROM kept.scores
                WHERE {condition} ORDER BY story_id, topic_id""",
            *([] if story_ids is None else [encode(story_ids)]),
        )
        return [
            Score(story_id, topic_id, score, relevant, tuple(json.loads(reasons)))
            for story_id, topic_id, score, relevant, reasons in rows
        ]

    # --- digests: the ledger comes before a send

    def save_digest(
        self,
        digest_id: str,
        audience: str,
        week: str,
        generated_at: datetime,
        path: str,
        entries: Sequence[Entry],
        recipients: Sequence[tuple[str, str]],
    ) -> None:
        """Record a digest before it is sent, in one transaction; raises `FrozenDigestError` once one was accepted.

        ``entries`` are (position, section, topic_id, story_id, score, item_ids), ``recipients`` (address, message id).
        Built again, it takes the place of the one before; a recipient that refused stays refused.
        """
        with self._transaction():
            if self.is_frozen(digest_id):
                raise FrozenDigestError(f"{digest_id}: already sent, its entries stay as they are")
            for table in ("digests", "digest_entries"):
                self._delete(table, "digest_id", [digest_id])
            self._execute(
                "DELETE FROM kept.deliveries WHERE digest_id = ? AND (status IS NULL OR status = 'retry')", digest_id
            )
            self._execute(
                "INSERT INTO kept.digests VALUES (?, ?, ?, ?, ?)",
                digest_id, audience, week, generated_at, path,
            )  # fmt: skip
            names = ("position", "section", "topic_id", "story_id", "score", "item_ids")
            self._insert(
                "digest_entries",
                [{"digest_id": digest_id, **dict(zip(names, entry, strict=True))} for entry in entries],
            )
            rows = self._rows("SELECT recipient FROM kept.deliveries WHERE digest_id = ?", digest_id)
            settled = {recipient for (recipient,) in rows}
            self._insert(
                "deliveries",
                [
                    {"digest_id": digest_id, "recipient": recipient, "message_id": message_id}
                    for recipient, message_id in recipients
                    if recipient not in settled
                ],
            )

    def load_shown(self, audience: str, before_week: str) -> tuple[set[str], set[str], datetime | None]:
        """Story ids and item ids in this audience's issues of earlier weeks, and when the last was generated."""
        rows = self._rows(
            """SELECT e.story_id, e.item_ids, epoch_us(d.generated_at), d.week
               FROM kept.digests d LEFT JOIN kept.digest_entries e USING (digest_id)
               WHERE d.audience = ? AND d.week < ?""",
            audience,
            before_week,
        )
        stories = {story_id for story_id, *_ in rows if story_id}
        last = max(((week, generated) for *_, generated, week in rows), default=None)
        return stories, {id for _, ids, *_ in rows for id in ids or ()}, from_micros(last[1]) if last else None

    def load_health(self, until: datetime) -> list[Row]:
        """How each configured source was at an instant, by what is recorded up to then.

        Rows of source id, state (disabled, gone, failing, stale or ok), error and HTTP status of the failure, and the
        instant (UTC) since which it fails, or of the newest item of a stale one.
        """
        return [
            (source_id, state, error, status, from_micros(since))
            for source_id, state, error, status, since in self._rows(HEALTH, until, until)
        ]

    def load_pending(self, digest_id: str) -> list[tuple[str, str]]:
        """Recipient and message id of each message not tried yet, or to be tried again."""
        return [
            (recipient, message_id)
            for recipient, message_id in self._rows(
                """SELECT recipient, message_id FROM kept.deliveries
                   WHERE digest_id = ? AND (status IS NULL OR status = 'retry') ORDER BY recipient""",
                digest_id,
            )
        ]

    def save_delivery(
        self,
        digest_id: str,
        recipient: str,
        status: str,
        attempted_at: datetime,
        message_id: str,
        error: str | None = None,
    ) -> None:
        """Record what came of a message: sent, retry, refused or suppressed."""
        with self._transaction():
            self._execute("DELETE FROM kept.deliveries WHERE digest_id = ? AND recipient = ?", digest_id, recipient)
            self._execute(
                "INSERT INTO kept.deliveries VALUES (?, ?, ?, ?, ?, ?)",
                digest_id, recipient, status, attempted_at, message_id, error,
            )  # fmt: skip

    def save_run(
        self, kind: str, started_at: datetime, finished_at: datetime, exit_code: int, summary: Mapping[str, object]
    ) -> None:
        with self._transaction():
            self._insert(
                "runs",
                [{"kind": kind, "started_at": started_at, "finished_at": finished_at, "exit_code": exit_code,
                  "summary": summary}],
            )  # fmt: skip

    # --- how rows travel

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
                    SELECT unnest(from_json(line, '{self._shapes[table]}'))
                    FROM (SELECT unnest(string_split(?, chr(10))) AS line)""",
                "\n".join(map(encode, rows)),
            )

    def _delete(self, table: str, column: str, ids: Sequence[str]) -> None:
        if ids:
            self._execute(f"DELETE FROM kept.{table} WHERE {column} IN {IDS}", encode(ids))

    def _save_bookmarks(self, bookmarks: Mapping[str, Bookmark]) -> None:
        self._delete("bookmarks", "source_id", list(bookmarks))
        self._insert("bookmarks", [{"source_id": id, **fields_of(bookmark)} for id, bookmark in bookmarks.items()])

    def _load_known(self, source_ids: Sequence[str]) -> dict[str, Known]:
        """What tells an edited item from a known one, of all items of these sources: cheaper than to ask for each."""
        rows = self._rows(
            f"""SELECT item_id, fingerprint, row_hash, epoch_us(first_seen_at), epoch_us(updated_at)
                FROM kept.items WHERE source_id IN {IDS}""",
            encode(source_ids),
        )
        return {item_id: (*marks, from_micros(first), from_micros(updated)) for item_id, *marks, first, updated in rows}

    def _load_items(self, condition: str, parameters: Sequence[object]) -> list[SeenItem]:
        rows = self._rows(
            f"SELECT {ITEM_COLUMNS} FROM kept.items WHERE {condition} ORDER BY first_seen_at, item_id", *parameters
        )
        return [build_seen(row) for row in rows]

    def _load_stories(self, condition: str, parameters: Sequence[object]) -> list[Story]:
        rows = self._rows(
            f"""SELECT story_id, s.item_id, m.item_id, m.relation, m.similarity, m.reason
                FROM kept.stories s
                JOIN kept.story_items m USING (story_id)
                JOIN (SELECT item_id, first_seen_at FROM kept.items) i ON i.item_id = m.item_id
                WHERE {condition} ORDER BY story_id, first_seen_at, m.item_id""",
            *parameters,
        )
        return [build_story(story_id, list(told)) for story_id, told in groupby(rows, key=itemgetter(0))]

    def _load_matrix(self, query: str, *parameters: object) -> tuple[list[str], Vectors]:
        import numpy as np

        with self._lock:
            columns = self._connection.execute(query, parameters).fetchnumpy()
        ids, vectors = columns["id"].tolist(), columns["vector"]
        if not ids:
            return [], np.empty((0, 0), dtype=np.float32)
        order = sorted(range(len(ids)), key=ids.__getitem__)
        return [ids[row] for row in order], np.stack([vectors[row] for row in order])

    def _check_dimensions(self, model: str, dimensions: int) -> None:
        known = self._rows("SELECT dimensions FROM kept.models WHERE model = ?", model)
        if not known:
            self._execute("INSERT INTO kept.models VALUES (?, ?)", model, dimensions)
        elif known != [(dimensions,)]:
            raise StoreError(f"model {model}: {dimensions} dimensions, but {known[0][0]} before")

    def is_frozen(self, digest_id: str) -> bool:
        """Whether a message of this digest was accepted: its entries stay what they were."""
        return bool(self._rows("SELECT 1 FROM kept.deliveries WHERE digest_id = ? AND status = 'sent'", digest_id))

    def _save_duplicates(self) -> None:
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


# --- pure pieces


def judge_item(item_id: str, item: Item, known: Known | None, now: datetime) -> tuple[str, Json]:
    """Whether an item is new, changed, quietly other or the same as it is known, and its row."""
    row = build_row(item_id, item)
    row_hash = short_hash(encode(row))
    if known is None:
        verdict, seen_at, updated_at = "new", now, now
    else:
        fingerprint, known_hash, seen_at, updated_at = known
        if fingerprint != item.fingerprint:
            verdict, updated_at = "changed", now
        else:
            verdict = "same" if known_hash == row_hash else "quiet"
    return verdict, {**row, "row_hash": row_hash, "first_seen_at": seen_at, "updated_at": updated_at}


def fields_of(value: Any) -> Json:
    """The fields of a flat dataclass; `asdict` would copy what is in them, many times slower."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def build_row(item_id: str, item: Item) -> Json:
    return {
        "item_id": item_id,
        "source_id": item.source_id,
        "kind": item.kind,
        "section": item.section,
        "guid": item.guid,
        "url": item.url,
        "canonical_url": item.canonical_url,
        "title": item.title,
        "summary": item.summary,
        "authors": item.authors,
        "language": item.language,
        "published_at": item.published_at,
        "identifiers": dict(sorted(item.identifiers.items())) or None,
        "details": None if item.details is None else asdict(item.details),
        "content_hash": item.content_hash,
        "fingerprint": item.fingerprint,
    }


def build_seen(row: Row) -> SeenItem:
    """An item from its `ITEM_COLUMNS`."""
    source_id, kind, section, guid, url, canonical_url, title, summary, *rest, first_seen, updated = row
    authors, language, published, identifiers, details, content_hash, fingerprint = rest
    item = Item(
        source_id,
        kind,
        section,
        guid,
        url,
        canonical_url,
        title,
        summary,
        tuple(authors),
        language,
        from_micros(published),
        json.loads(identifiers) if identifiers else {},
        build_details(kind, json.loads(details)) if details else None,
        content_hash,
        fingerprint,
    )
    return SeenItem(item, from_micros(first_seen), from_micros(updated))


def build_details(kind: str, kept: Json) -> Details:
    """The details of an item of this kind, from the JSON object that they were kept as."""
    kept = {name: to_date(kept[name]) if name.endswith("_on") else kept[name] for name in kept}
    if kind == "paper":
        return Paper(**kept)
    if kind == "course":
        return Course(**kept)
    kept["deadlines"] = tuple(Deadline(one["kind"], date.fromisoformat(one["on"])) for one in kept["deadlines"])
    return Event(**kept)


def build_story(story_id: str, told: Sequence[Row]) -> Story:
    """A story from its rows; told by its first item where the representative is not among them."""
    members = tuple(Member(*row[2:]) for row in told)
    shown = told[0][1]
    return Story(story_id, shown if shown in {member.item_id for member in members} else members[0].item_id, members)


def from_micros(micros: Any) -> Any:
    """An instant from microseconds since 1970, which DuckDB hands over much faster than datetimes with a time zone."""
    return None if micros is None else EPOCH + timedelta(microseconds=micros)


def to_date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def encode(value: object) -> str:
    """JSON for DuckDB: dates in ISO 8601, and no lone surrogate, which it would refuse a whole page for."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=encode_other)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def encode_other(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in the store")


def quote(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def copy_file(source: Path, target: Path) -> None:
    """Copy within the kernel, sharing blocks where the file system can."""
    with source.open("rb") as old, target.open("wb") as new:
        left = os.fstat(old.fileno()).st_size
        while left and (done := os.copy_file_range(old.fileno(), new.fileno(), left)):
            left -= done
