"""Which items tell the same, and what each story is worth for each topic."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from veille.store.items import Items
from veille.store.rows import IDS, Row, encode, fields_of
from veille.values import Link, Member, Score, SeenItem, Story


class Stories(Items):
    """Links, stories and scores."""

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


def build_story(story_id: str, told: Sequence[Row]) -> Story:
    """A story from its rows; told by its first item where the representative is not among them."""
    members = tuple(Member(*row[2:]) for row in told)
    shown = told[0][1]
    return Story(story_id, shown if shown in {member.item_id for member in members} else members[0].item_id, members)
