"""What trends are counted from, and their three tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from veille.store.rows import IDS, Json, Rows, encode, fields_of

if TYPE_CHECKING:
    from veille.trends.evidence import EvidenceRow, Synthesis
    from veille.trends.phrases import PhraseWeek
    from veille.trends.weeks import History, Told, TopicWeek


class Trends(Rows):
    """Stories by week, and the tables `topics_weekly`, `phrases_weekly` and `topic_evidence`."""

    def load_history(self) -> History:
        """When the first item was seen, and the weeks in which sources were read."""
        from veille.trends.weeks import History  # which a collection without news does without

        ((began,),) = self._rows("SELECT date_trunc('week', min(first_seen_at))::DATE FROM kept.items")
        read = self._rows("SELECT DISTINCT date_trunc('week', started_at)::DATE FROM kept.fetches")
        return History(began, frozenset(week for (week,) in read))

    def load_told(self, first: date) -> list[Told]:
        """The stories that are relevant for a topic and were first seen in this week or later, by week, then id."""
        from veille.trends.weeks import Title, Told

        rows = self._rows(
            """WITH recent AS MATERIALIZED (
                   SELECT story_id FROM kept.story_items
                   JOIN (SELECT item_id, first_seen_at FROM kept.items) USING (item_id)
                   GROUP BY story_id HAVING min(first_seen_at) >= ?::DATE),
               topics AS MATERIALIZED (
                   SELECT story_id, list_sort(list(topic_id)) AS topics
                   FROM kept.scores SEMI JOIN recent USING (story_id)
                   WHERE relevant GROUP BY story_id),
               began AS (SELECT source_id, min(first_seen_at) AS at FROM kept.items GROUP BY source_id),
               members AS (
                   SELECT m.story_id, i.source_id, i.section, i.title, i.language, i.item_id, i.first_seen_at,
                          -- Of a source's first reading, what is dated before that week is its archive.
                          CASE WHEN i.first_seen_at > b.at OR i.published_at >= date_trunc('week', b.at)
                               THEN date_trunc('week', b.at)::DATE END AS since
                   FROM kept.story_items m SEMI JOIN topics USING (story_id)
                   JOIN kept.items i USING (item_id) JOIN began b USING (source_id)
                   WHERE i.first_seen_at >= ?::DATE),
               told AS (
                   SELECT story_id, date_trunc('week', min(first_seen_at))::DATE AS week, min(since) AS since,
                          bool_or(section = 'research') AS research, list_sort(list(DISTINCT source_id)) AS sources,
                          list(title ORDER BY first_seen_at, item_id) AS titles,
                          list(language ORDER BY first_seen_at, item_id) AS languages
                   FROM members GROUP BY story_id)
               SELECT story_id, week, since, research, sources, topics, titles, languages
               FROM told JOIN topics USING (story_id) ORDER BY week, story_id""",
            first,
            first,
        )
        return [
            Told(
                story_id,
                week,
                since,
                research,
                frozenset(sources),
                frozenset(topics),
                tuple(map(Title, titles, languages)),
            )
            for story_id, week, since, research, sources, topics, titles, languages in rows
        ]

    def load_weeks(self, weeks: Sequence[str]) -> tuple[list[TopicWeek], list[PhraseWeek]]:
        """What was counted for topics and for phrases in these weeks."""
        from veille.trends.phrases import PhraseWeek
        from veille.trends.weeks import TopicWeek

        topics, phrases = (
            self._rows(
                f"SELECT {', '.join(field.name for field in fields(kind))} FROM kept.{table}"
                f" WHERE week IN {IDS} ORDER BY ALL",
                encode(list(weeks)),
            )
            for table, kind in (("topics_weekly", TopicWeek), ("phrases_weekly", PhraseWeek))
        )
        return [TopicWeek(*row) for row in topics], [PhraseWeek(*row) for row in phrases]

    def load_topic_evidence(self) -> dict[str, list[Json]]:
        """What is talked about beside what is shown, by topic, a row a section: stories of twelve weeks, designs."""
        told: dict[str, list[Json]] = {}
        for topic_id, section, stories, designs in self._rows(
            "SELECT topic_id, section, stories_12w, designs FROM kept.topic_evidence ORDER BY stories_12w DESC, section"
        ):
            row = {"section": section, "stories_12w": stories, "designs": json.loads(designs or "{}")}
            told.setdefault(topic_id, []).append(row)
        return told

    def load_last_week(self) -> date | None:
        """The Monday of the last week that topics were counted for."""
        ((monday,),) = self._rows("SELECT strptime(max(week) || '-1', '%G-W%V-%u')::DATE FROM kept.topics_weekly")
        return cast("date | None", monday)

    def save_weeks(self, first: date | None, topics: Sequence[TopicWeek], phrases: Sequence[PhraseWeek]) -> None:
        """Replace the rows of this week and all later ones (None: all rows) with these."""
        from veille.trends.weeks import name_week

        since = "" if first is None else name_week(first)
        with self._transaction():
            for table, rows in (("topics_weekly", topics), ("phrases_weekly", phrases)):
                self._execute(f"DELETE FROM kept.{table} WHERE week >= ?", since)
                self._insert(table, [fields_of(row) for row in rows])

    def load_talk(self, since: datetime) -> dict[tuple[str, str], int]:
        """How many stories with an item first seen since then are relevant, by topic and section.

        A story that two sections tell is in both.
        """
        rows = self._rows(
            """WITH recent AS MATERIALIZED (
                   SELECT DISTINCT story_id, section FROM kept.story_items
                   JOIN (SELECT item_id, section FROM kept.items WHERE first_seen_at >= ?) USING (item_id))
               SELECT topic_id, section, count(*) FROM kept.scores JOIN recent USING (story_id) WHERE relevant
               GROUP BY ALL ORDER BY ALL""",
            since,
        )
        return {(topic_id, section): stories for topic_id, section, stories in rows}

    def load_held(self, designs: Sequence[str]) -> dict[tuple[str, str], dict[str, int]]:
        """How many relevant papers claim each design, by topic and section; of a story's designs the first of these.

        A work that any source says is retracted is not held up as having shown something.
        """
        rows = self._rows(
            """WITH papers AS MATERIALIZED (
                   SELECT m.story_id, i.section,
                          min(coalesce(nullif(list_position(from_json(?, '["VARCHAR"]'), e.design), 0), ?)) AS place,
                          bool_or(coalesce((i.details->>'is_retracted')::BOOLEAN, false)) AS retracted
                   FROM kept.items i JOIN kept.story_items m USING (item_id)
                   LEFT JOIN kept.evidence e USING (item_id)
                   WHERE i.kind = 'paper' GROUP BY m.story_id, i.section)
               SELECT topic_id, section, place, count(*) FROM kept.scores JOIN papers USING (story_id)
               WHERE relevant AND story_id NOT IN (SELECT story_id FROM papers WHERE retracted)
               GROUP BY ALL ORDER BY ALL""",
            encode(list(designs)),
            len(designs),
        )
        held: dict[tuple[str, str], dict[str, int]] = {}
        for topic_id, section, place, papers in rows:
            held.setdefault((topic_id, section), {})[designs[place - 1]] = papers
        return held

    def save_topic_evidence(self, rows: Sequence[EvidenceRow]) -> None:
        """Replace all of it."""
        with self._transaction():
            self._execute("DELETE FROM kept.topic_evidence")
            self._insert("topic_evidence", [_as_json(row) for row in rows])


def _as_json(row: EvidenceRow) -> Json:
    return {**fields_of(row), "syntheses": [_synthesis(one) for one in row.syntheses]}


def _synthesis(one: Synthesis) -> Json:
    return {name: value for name, value in fields_of(one).items() if name != "keywords"}
