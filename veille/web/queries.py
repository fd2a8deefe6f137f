"""What the pages are made of, read from the published database. Ids that nobody knows give empty answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from veille.export.values import Record
from veille.store import load_rows
from veille.store.exports import load_records
from veille.trends.evidence import DESIGNS
from veille.values import Evidence

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]

NEWEST = 200  # stories that a search without words shows
PAPERS, STORIES, PHRASES = 10, 10, 12  # on the page of a topic
WEEKS = 26  # of a topic's picture
FETCHES = 3  # of a source
RECENT = timedelta(days=28)


def load(connection: DuckDBPyConnection, query: str, *parameters: object) -> list[Row]:
    """The rows of a query of ours, by column. Raises `StoreError`, as where an older version published the database."""
    rows, _ = load_rows(connection, query, *parameters)
    return rows


def load_leads(connection: DuckDBPyConnection, item_ids: Sequence[str]) -> dict[str, Record]:
    """These items by id, their topics as ids, best first."""
    unique = list(dict.fromkeys(item_ids))
    return {record.telling.item_id: record for record in load_records(connection, unique, {})}


def load_issues(connection: DuckDBPyConnection) -> list[Row]:
    """Every issue, the newest first, with how many entries it has."""
    return load(
        connection,
        """SELECT digest_id, audience, week, generated_at, path, count(position) AS entries
           FROM digests LEFT JOIN digest_entries USING (digest_id)
           GROUP BY ALL ORDER BY week DESC, generated_at DESC, audience""",
    )


def load_entries(connection: DuckDBPyConnection, digest_ids: Sequence[str]) -> list[Row]:
    """The lines of these issues in order, each with the item that leads its story by now."""
    rows = load(
        connection,
        """SELECT e.digest_id, e.section, e.topic_id, coalesce(i.story_id, e.story_id) AS story_id
           FROM digest_entries e LEFT JOIN items i ON i.item_id = e.story_id
           WHERE list_contains(?::VARCHAR[], e.digest_id) ORDER BY e.digest_id, e.position""",
        list(digest_ids),
    )
    stories = _load_stories(connection, [row["story_id"] for row in rows])
    return [{**row, "item_id": stories[row["story_id"]]["item_id"]} for row in rows if row["story_id"] in stories]


def _load_stories(connection: DuckDBPyConnection, story_ids: Sequence[str]) -> dict[str, Row]:
    """These stories by id. Named as parameters: DuckDB then counts the items of these alone."""
    rows = load(connection, "SELECT * FROM stories WHERE list_contains(?::VARCHAR[], story_id)", list(story_ids))
    return {row["story_id"]: row for row in rows}


def load_newest(connection: DuckDBPyConnection) -> list[str]:
    """The leading items of the stories that were told last."""
    rows = load(connection, "SELECT item_id FROM stories ORDER BY last_seen_at DESC, story_id LIMIT ?", NEWEST)
    return [row["item_id"] for row in rows]


def find_story(connection: DuckDBPyConnection, item_id: str) -> Row | None:
    """The story that this item, or the story of this id, is in by now."""
    rows = load(connection, "SELECT story_id FROM items WHERE item_id = ? AND story_id IS NOT NULL", item_id)
    stories = _load_stories(connection, [row["story_id"] for row in rows])
    return next(iter(stories.values()), None)


def load_members(connection: DuckDBPyConnection, story_id: str) -> list[Row]:
    """The items of a story, in the order in which they were first seen, and why they are in it."""
    return load(
        connection,
        """SELECT m.item_id, m.relation, m.similarity, m.reason FROM story_items m JOIN items USING (item_id)
           WHERE m.story_id = ? ORDER BY first_seen_at, m.item_id""",
        story_id,
    )


def load_scores(connection: DuckDBPyConnection, story_id: str) -> list[Row]:
    """What a story is worth for each topic, the best first; reasons as data."""
    rows = load(
        connection,
        "SELECT topic_id, score, relevant, reasons FROM scores WHERE story_id = ? ORDER BY score DESC, topic_id",
        story_id,
    )
    return [{**row, "reasons": json.loads(row["reasons"] or "[]")} for row in rows]


def load_evidence(connection: DuckDBPyConnection, item_ids: Sequence[str]) -> dict[str, Evidence]:
    """What each of these papers says of how it knows, by item."""
    rows = load(
        connection,
        """SELECT item_id, design, design_quote, sample_size, setting, effect, effect_quote FROM papers
           WHERE list_contains(?::VARCHAR[], item_id)""",
        list(item_ids),
    )
    return {row.pop("item_id"): Evidence(**row) for row in rows}


def load_showings(connection: DuckDBPyConnection, item_ids: Sequence[str]) -> list[Row]:
    """The issues that told any of these items."""
    return load(
        connection,
        """SELECT DISTINCT digest_id, audience, week, path FROM digest_entries JOIN digests USING (digest_id)
           WHERE list_has_any(item_ids, ?::VARCHAR[]) ORDER BY week DESC, digest_id""",
        list(item_ids),
    )


def load_weeks(connection: DuckDBPyConnection, before: str) -> dict[str, list[Row]]:
    """The last whole weeks of each topic, the latest last. ``before`` is the running week."""
    rows = load(
        connection,
        """SELECT topic_id, week, news, baseline, surge FROM topics_weekly WHERE week < ?
           QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY week DESC) <= ? ORDER BY topic_id, week""",
        before,
        WEEKS,
    )
    weeks: dict[str, list[Row]] = {}
    for row in rows:
        weeks.setdefault(row["topic_id"], []).append(row)
    return weeks


def load_phrases(connection: DuckDBPyConnection, topic_id: str, weeks: Sequence[str]) -> list[Row]:
    """The phrases of these weeks that stand out most, then those told most."""
    return load(
        connection,
        """SELECT phrase, sum(stories)::BIGINT AS stories, max(surge) AS surge FROM phrases_weekly
           WHERE topic_id = ? AND list_contains(?::VARCHAR[], week)
           GROUP BY phrase ORDER BY coalesce(max(surge), 0) DESC, sum(stories) DESC, phrase LIMIT ?""",
        topic_id,
        list(weeks),
        PHRASES,
    )


def load_topic_evidence(connection: DuckDBPyConnection, topic_id: str) -> list[Row]:
    """What is talked about beside what is shown, a row a section; designs and syntheses as data."""
    rows = load(
        connection,
        """SELECT section, stories_12w, papers, designs, syntheses FROM topic_evidence WHERE topic_id = ?
           ORDER BY stories_12w DESC, section""",
        topic_id,
    )
    return [{**row, "designs": _parse(row["designs"], {}), "syntheses": _parse(row["syntheses"], [])} for row in rows]


def _parse(text: str | None, empty: object) -> Any:
    return json.loads(text) if text else empty


def load_papers(connection: DuckDBPyConnection, topic_id: str) -> list[str]:
    """The relevant papers of a topic, one a story: syntheses and trials first, then the newest. No retracted work."""
    rows = load(
        connection,
        """WITH held AS (
               SELECT m.story_id, p.item_id, p.year, p.is_retracted,
                      coalesce(list_position($2::VARCHAR[], p.design), len($2::VARCHAR[])) AS place
               FROM papers p JOIN story_items m USING (item_id)
               WHERE m.story_id IN (SELECT story_id FROM scores WHERE topic_id = $1 AND relevant))
           SELECT story_id, arg_min(item_id, (place, item_id)) AS item_id FROM held
           GROUP BY story_id HAVING NOT bool_or(coalesce(is_retracted, false))
           ORDER BY min(place), max(year) DESC NULLS LAST, story_id LIMIT $3""",
        topic_id,
        list(DESIGNS),
        PAPERS,
    )
    return [row["item_id"] for row in rows]


def load_recent(connection: DuckDBPyConnection, topic_id: str) -> list[str]:
    """The leading items of the topic's best stories of the last four weeks that anything came in."""
    rows = load(
        connection,
        """SELECT s.item_id FROM scores c JOIN stories s USING (story_id)
           WHERE c.topic_id = ? AND c.relevant
             AND s.last_seen_at > (SELECT max(first_seen_at) FROM items) - ?::INTERVAL
           ORDER BY c.score DESC, s.story_id LIMIT ?""",
        topic_id,
        RECENT,
        STORIES,
    )
    return [row["item_id"] for row in rows]


def load_agenda(connection: DuckDBPyConnection, today: date, *, every: bool) -> list[str]:
    """One item for each event or course that is still ahead, of topics only or every one.

    An event is ahead until it or its last deadline is over; a course until its enrolment ends, else until it starts.
    """
    rows = load(
        connection,
        """WITH ahead AS (
               SELECT item_id FROM events GROUP BY item_id
               HAVING max(greatest(coalesce(ends_on, starts_on), deadline_on)) >= $1
               UNION ALL
               SELECT item_id FROM courses WHERE coalesce(enrolment_ends_on, starts_on) >= $1)
           SELECT arg_min(i.item_id, (i.item_id <> coalesce(s.item_id, i.item_id), first_seen, i.item_id)) AS item_id
           FROM ahead JOIN (SELECT *, first_seen_at AS first_seen FROM items) i USING (item_id)
           LEFT JOIN stories s USING (story_id)
           WHERE $2 OR i.story_id IN (SELECT story_id FROM scores WHERE relevant)
           GROUP BY coalesce(i.story_id, i.item_id), i.kind ORDER BY 1""",
        today,
        every,
    )
    return [row["item_id"] for row in rows]


def load_sources(connection: DuckDBPyConnection) -> list[Row]:
    """The configured sources and how they are."""
    return load(
        connection,
        """SELECT source_id, kind, section, url, state, last_success_at, consecutive_failures, last_error, items_total,
                  first_failure_at, newest_at
           FROM sources ORDER BY source_id""",
    )


def load_fetches(connection: DuckDBPyConnection) -> dict[str, list[Row]]:
    """The last cycles of each source, the latest first."""
    rows = load(
        connection,
        """SELECT source_id, started_at, outcome, items_new, items_changed, http_status FROM fetches
           QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY started_at DESC) <= ?
           ORDER BY source_id, started_at DESC""",
        FETCHES,
    )
    fetches: dict[str, list[Row]] = {}
    for row in rows:
        fetches.setdefault(row["source_id"], []).append(row)
    return fetches


def load_collected_at(connection: DuckDBPyConnection) -> datetime | None:
    """When sources were last asked."""
    return load(connection, "SELECT max(started_at) AS at FROM fetches")[0]["at"]  # type: ignore[no-any-return]
