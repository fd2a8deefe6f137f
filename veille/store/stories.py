"""Which items tell the same, and what each story is worth for each topic."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter, itemgetter

from veille.store.items import Items
from veille.store.rows import IDS, Row, encode, fields_of
from veille.values import Link, Member, Score, Story


class Stories(Items):
    """Links, stories and scores."""

    def load_unlinked(self, model: str) -> list[str]:
        """Items to be placed among the others: new, edited, or with a vector of this model, since they last were.

        Their ids, in the order that they were saved in.
        """
        rows = self._rows(
            """SELECT i.item_id FROM kept.items i LEFT JOIN kept.linked l USING (item_id)
               WHERE l.fingerprint IS DISTINCT FROM i.fingerprint
                  OR (NOT list_contains(l.models, ?)
                      AND i.content_hash IN (SELECT content_hash FROM kept.embeddings WHERE model = ?))
               ORDER BY i.rowid""",
            model,
            model,
        )
        return [item_id for (item_id,) in rows]

    def save_links(self, for_items: Sequence[str], links: Sequence[Link]) -> None:
        """Replace every link that touches these items."""
        named = encode(for_items)
        with self._transaction():
            self._execute(f"DELETE FROM kept.links WHERE a IN {IDS} OR b IN {IDS}", named, named)
            self._insert("links", [fields_of(link) for link in links])

    def save_placed(self, item_ids: Sequence[str]) -> None:
        """Remember that these items, as they are now, have their links and stories."""
        placed = encode(item_ids)
        with self._transaction():
            self._execute(f"DELETE FROM kept.linked WHERE item_id IN {IDS}", placed)
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

    def load_edges(self) -> list[tuple[str, str]]:
        """All that holds items together: links, and memberships as they are. A story's id is an item's."""
        return [
            (one, other)
            for one, other in self._rows(
                """SELECT a, b FROM kept.links
                   UNION ALL SELECT story_id, item_id FROM kept.story_items WHERE story_id <> item_id"""
            )
        ]

    def load_memberships(self) -> dict[str, str]:
        """The story of each item that has one."""
        return dict(self._rows("SELECT item_id, story_id FROM kept.story_items"))

    def save_lone_stories(self, item_ids: Sequence[str], now: datetime) -> int:
        """Items that nothing touches are stories of their own: made, or else to be scored again; how many are new.

        Most items of a run are such: this spares them the way through links and groups.
        """
        named = encode(item_ids)
        missing = f"(SELECT item_id FROM {IDS} AS given(item_id) ANTI JOIN kept.story_items USING (item_id))"
        with self._transaction():
            self._execute(f"DELETE FROM kept.scored WHERE story_id IN {IDS}", named)
            self._execute(f"INSERT INTO kept.stories SELECT item_id, item_id, ? FROM {missing}", now, named)
            ((made,),) = self._rows(
                f"INSERT INTO kept.story_items SELECT item_id, item_id, 'same', 1, '' FROM {missing}", named
            )
        return int(made)

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
        """Stories with an item first seen within these instants, ends included, told by the items seen up to then.

        So are those with an item that was cancelled, moved or retracted within them.
        """
        return self._load_stories(
            """story_id IN (SELECT story_id FROM kept.story_items SEMI JOIN
                            (SELECT item_id FROM kept.items
                             WHERE first_seen_at BETWEEN $1 AND $2 OR overturned_at BETWEEN $1 AND $2)
                            USING (item_id))
               AND first_seen_at <= $2""",
            [since, until],
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

    def load_unscored(self, topics: str, recent_since: datetime) -> list[str]:
        """Ids of the stories to be scored: none, unless some got no scores for these topics since they were last built.

        These then, and beside them those with an item first seen since that instant; ``topics`` is a fingerprint.
        """
        rows = self._rows(
            """WITH unscored AS MATERIALIZED (
                   SELECT story_id FROM kept.stories
                   ANTI JOIN (SELECT story_id FROM kept.scored WHERE topics = ?) USING (story_id))
               SELECT story_id FROM unscored
               UNION SELECT story_id FROM kept.story_items
                     SEMI JOIN (SELECT item_id FROM kept.items WHERE first_seen_at >= ?) USING (item_id)
                     WHERE EXISTS (FROM unscored)""",
            topics,
            recent_since,
        )
        return sorted(story_id for (story_id,) in rows)

    def load_texts(self, story_ids: Sequence[str], characters: int) -> list[Row]:
        """What ranking reads of each member of these stories, by story, the earliest first.

        Rows of story and item id, title, the summary's first ``characters``, language, source id, section, content
        hash and canonical address.
        """
        return self._rows(
            f"""SELECT story_id, item_id, title, summary[:?], language, source_id, section,
                       content_hash, canonical_url
                FROM kept.story_items JOIN kept.items USING (item_id)
                WHERE story_id IN {IDS} ORDER BY story_id, first_seen_at, item_id""",
            characters,
            encode(story_ids),
        )

    def save_scores(self, scores: Sequence[Score], topics: str) -> None:
        """Replace the scores of the stories that have any here; ``topics`` is a fingerprint of what they were for."""
        ids = list(dict.fromkeys(score.story_id for score in scores))
        with self._transaction():
            self._delete("scores", "story_id", ids)
            self._delete("scored", "story_id", ids)
            self._insert_scores(scores)
            self._insert("scored", [{"story_id": id, "topics": topics} for id in ids])

    def _insert_scores(self, scores: Sequence[Score]) -> None:
        """A story's scores travel as one row of lists: a topic each would be twenty times as many."""
        told = [(story_id, list(its)) for story_id, its in groupby(scores, key=attrgetter("story_id"))]
        columns = ("topic_id", "score", "relevant", "reasons")
        rows = [{"story_id": id} | {name: [getattr(one, name) for one in its] for name in columns} for id, its in told]
        if rows:
            self._execute(
                """INSERT INTO kept.scores BY NAME
                   SELECT story_id, unnest(topic_id) AS topic_id, unnest(score) AS score,
                          unnest(relevant) AS relevant, unnest(reasons) AS reasons
                   FROM (SELECT unnest(from_json(?, '[{"story_id": "VARCHAR", "topic_id": ["VARCHAR"],
                         "score": ["DOUBLE"], "relevant": ["BOOLEAN"], "reasons": ["JSON"]}]'), recursive := true))""",
                encode(rows),
            )

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
