"""What leaves the house, read from the published database: which items, as records, as rows, and as Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from veille.digest.values import Telling
from veille.export.values import Record
from veille.store.files import quote
from veille.store.items import build_details
from veille.store.opening import load_rows
from veille.store.rows import from_micros
from veille.values import Rating

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WANTED = """
    wanted AS (SELECT unnest(ids) AS item_id, unnest(range(len(ids))) AS place FROM (SELECT $1::VARCHAR[] AS ids)),
    told AS (
        SELECT story_id, list(topic_id ORDER BY score DESC, topic_id) FILTER (relevant) AS topics, max(score) AS score
        FROM scores GROUP BY story_id)"""

TABLE = f"""
    WITH {WANTED},
    dated AS (
        SELECT item_id, any_value(starts_on) AS starts_on, any_value(ends_on) AS ends_on, any_value(place) AS place,
               any_value(country) AS country, any_value(online) AS online, any_value(status) AS status,
               list(deadline_kind || ' ' || deadline_on ORDER BY deadline_on, deadline_kind)
                   FILTER (deadline_on IS NOT NULL) AS deadlines
        FROM events GROUP BY item_id)
    SELECT i.item_id, i.story_id, i.kind, i.section, i.source_id, i.title, i.authors, i.published_at, i.language,
           coalesce(t.topics, []) AS topics, t.score, i.url, i.doi, p.venue, p.year, p.is_preprint, p.is_retracted,
           p.design, p.sample_size, p.effect, p.open_access_url, coalesce(d.starts_on, c.starts_on) AS starts_on,
           coalesce(d.ends_on, c.ends_on) AS ends_on, d.place, d.country, d.online, d.status,
           coalesce(d.deadlines, []) AS deadlines, c.provider, c.enrolment_ends_on, c.effort_hours, i.first_seen_at,
           i.duplicate_of, i.summary
    FROM wanted w JOIN items i USING (item_id) LEFT JOIN told t USING (story_id) LEFT JOIN papers p USING (item_id)
    LEFT JOIN dated d USING (item_id) LEFT JOIN courses c USING (item_id)
    ORDER BY w.place"""


def load_item_ids(
    connection: DuckDBPyConnection,
    *,
    kinds: Sequence[str] = (),
    digest_id: str | None = None,
    topic_id: str | None = None,
    story_ids: Sequence[str] | None = None,
) -> list[str]:
    """Ids of the items of these kinds (of any without) that are in the issue, relevant to the topic and in the stories.

    In the order of the issue, then of the stories, then the newest first.
    """
    rows = connection.execute(
        """
        WITH shown AS (
            SELECT item_id, min(position) AS position
            FROM (SELECT unnest(item_ids) AS item_id, position FROM digest_entries WHERE digest_id = $digest)
            GROUP BY item_id)
        SELECT i.item_id FROM items i LEFT JOIN shown s USING (item_id)
        WHERE (len($kinds::VARCHAR[]) = 0 OR list_contains($kinds::VARCHAR[], i.kind))
          AND ($digest IS NULL OR s.item_id IS NOT NULL)
          AND ($topic IS NULL OR i.story_id IN (SELECT story_id FROM scores WHERE topic_id = $topic AND relevant))
          AND ($stories::VARCHAR[] IS NULL OR list_contains($stories::VARCHAR[], coalesce(i.story_id, i.item_id)))
        ORDER BY s.position, list_position($stories::VARCHAR[], coalesce(i.story_id, i.item_id)),
                 coalesce(i.published_at, i.first_seen_at) DESC, i.item_id""",
        {
            "kinds": list(kinds),
            "digest": digest_id,
            "topic": topic_id,
            "stories": None if story_ids is None else list(story_ids),
        },
    )
    return [item_id for (item_id,) in rows.fetchall()]


def load_known(connection: DuckDBPyConnection) -> tuple[list[str], list[str]]:
    """Ids of the issues, the newest first, and of the topics that anything was scored for."""
    digests = connection.execute("SELECT digest_id FROM digests ORDER BY generated_at DESC, digest_id").fetchall()
    topics = connection.execute("SELECT DISTINCT topic_id FROM scores ORDER BY topic_id").fetchall()
    return [row[0] for row in digests], [row[0] for row in topics]


def load_ratings(connection: DuckDBPyConnection) -> list[Rating]:
    """What each rater last said of each story and topic; who that was is not published."""
    rows = connection.execute(
        """SELECT story_id, item_id, topic_id, verdict, epoch_us(rated_at) FROM ratings
           ORDER BY rated_at, story_id, topic_id, item_id, verdict"""
    )
    return [
        Rating(story_id, item_id, topic_id, verdict, from_micros(rated_at))
        for story_id, item_id, topic_id, verdict, rated_at in rows.fetchall()
    ]


def load_measured_ids(connection: DuckDBPyConnection, story_ids: Sequence[str], sample: int) -> list[str]:
    """Ids of all items of these stories, then of ``sample`` that stand for everything collected: those that scales are
    fitted on, see `veille.store.items.Items.load_sample`."""
    rows = connection.execute(
        """WITH told AS (SELECT item_id, list_contains($1::VARCHAR[], story_id) AS judged FROM items)
           SELECT item_id FROM told WHERE judged OR item_id IN (SELECT item_id FROM items ORDER BY item_id LIMIT $2)
           ORDER BY coalesce(judged, false) DESC, item_id""",
        [list(story_ids), sample],
    )
    return [item_id for (item_id,) in rows.fetchall()]


def load_records(
    connection: DuckDBPyConnection, item_ids: Sequence[str], topic_names: Mapping[str, str]
) -> list[Record]:
    """These items as records, in the order given; a topic without a name goes by its id."""
    rows = connection.execute(
        f"""
        WITH {WANTED}
        SELECT i.item_id, i.source_id, i.title, i.url, i.language, epoch_us(i.published_at), epoch_us(i.first_seen_at),
               i.section, i.kind, i.summary, i.authors, i.identifiers, i.details, epoch_us(i.updated_at),
               coalesce(i.story_id, i.item_id), coalesce(t.topics, []), coalesce(s.item_id = i.item_id, true)
        FROM wanted w JOIN items i USING (item_id)
        LEFT JOIN told t USING (story_id) LEFT JOIN stories s USING (story_id)
        ORDER BY w.place""",
        [list(item_ids)],
    )
    return [_build_record(row, topic_names) for row in rows.fetchall()]


def _build_record(row: tuple[Any, ...], topic_names: Mapping[str, str]) -> Record:
    item_id, source_id, title, url, language, published, first_seen, section, kind, summary, *rest = row
    authors, identifiers, details, updated, story_id, topics, leads = rest
    telling = Telling(
        item_id,
        source_id,
        title,
        url,
        language,
        from_micros(published),
        from_micros(first_seen),
        section,
        kind,
        summary,
        tuple(authors),
        json.loads(identifiers) if identifiers else {},
        build_details(kind, json.loads(details)) if details else None,
        updated_at=from_micros(updated),
    )
    return Record(telling, story_id, tuple(topic_names.get(topic_id, topic_id) for topic_id in topics), leads)


def load_table(connection: DuckDBPyConnection, item_ids: Sequence[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """These items with all that is known of them, flat, in the order given; and the names of the columns."""
    found = connection.execute(TABLE, [list(item_ids)])
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()], columns


def save_parquet(connection: DuckDBPyConnection, item_ids: Sequence[str], path: Path) -> None:
    """The same table as a Parquet file. The connection must have been opened with leave to write ``path``.

    Raises `StoreError` with what DuckDB says.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE exported AS {TABLE}", [list(item_ids)])
    load_rows(connection, f"COPY exported TO {quote(path)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)")
