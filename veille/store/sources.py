"""The configured sources, where reading each goes on, and how they answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from veille.store.rows import IDS, Row, Rows, encode, fields_of, from_micros
from veille.values import Bookmark, Fetch

if TYPE_CHECKING:
    from veille.config import Source

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
        WHERE asked.failed AND started_at > coalesce(read_at, '-infinity') GROUP BY source_id)
    SELECT s.source_id,
           CASE WHEN NOT s.enabled THEN 'disabled' WHEN a.outcome = 'gone' THEN 'gone' WHEN a.failed THEN 'failing'
                WHEN epoch(a.read_at) > l.patient_until THEN 'stale' ELSE 'ok' END AS state,
           a.error, a.http_status, epoch_us(CASE WHEN a.failed THEN f.failing_since ELSE l.newest_at END)
    FROM kept.sources s LEFT JOIN answers a USING (source_id) LEFT JOIN failures f USING (source_id)
    LEFT JOIN kept.life_until(?) l USING (source_id)
    WHERE s.configured ORDER BY s.source_id"""


class Sources(Rows):
    """Sources, bookmarks and fetches."""

    def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the configured sources those of the view; one that left the configuration keeps its history unseen."""
        columns = ("source_id", "kind", "section", "url", "language", "weight", "enabled")
        wanted = [(s.id, s.kind, s.section, s.url, s.language, s.weight, s.enabled) for s in sources]
        with self._transaction():
            kept = {row[0]: row for row in self._rows(f"SELECT {', '.join(columns)}, configured FROM kept.sources")}
            changed = [row for row in wanted if kept.get(row[0]) != (*row, True)]
            # Where it was read to, and how it was, is said of an address: another one starts afresh.
            moved = [row[0] for row in changed if row[0] in kept and kept[row[0]][3] != row[3]]
            removed = [id for id, row in kept.items() if row[-1] and id not in {row[0] for row in wanted}]
            if not changed and not removed:
                return
            self._delete("bookmarks", "source_id", moved)
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
                   epoch_us(first_failure_at), consecutive_failures, gone, busy_host FROM kept.bookmarks""")
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
                *rest,
            )
            for id, url, etag, modified, cursor, not_before, succeeded, failed, failures, *rest in rows
        }

    def _save_bookmarks(self, bookmarks: Mapping[str, Bookmark]) -> None:
        self._delete("bookmarks", "source_id", list(bookmarks))
        self._insert("bookmarks", [{"source_id": id, **fields_of(bookmark)} for id, bookmark in bookmarks.items()])

    def save_fetch(self, fetch: Fetch, bookmark: Bookmark) -> None:
        self.save_fetches([(fetch, bookmark)])

    def save_fetches(self, fetches: Sequence[tuple[Fetch, Bookmark]]) -> None:
        """Save how sources answered, whatever the outcome, in one transaction: a transaction each costs a disk sync."""
        with self._transaction():
            self._insert("fetches", [fields_of(fetch) for fetch, _ in fetches])
            self._save_bookmarks({fetch.source_id: bookmark for fetch, bookmark in fetches})

    def load_health(self, until: datetime) -> list[Row]:
        """How each configured source was at an instant, by what is recorded up to then.

        Rows of source id, state (disabled, gone, failing, stale or ok), error and HTTP status of the failure, and the
        instant (UTC) since which it fails, or when a stale one last brought or changed something.
        """
        return [
            (source_id, state, error, status, from_micros(since))
            for source_id, state, error, status, since in self._rows(HEALTH, until, until)
        ]
