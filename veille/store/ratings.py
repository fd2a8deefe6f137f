"""What readers said of stories. A ledger: a later rating takes an earlier one's place and does not delete it, so a past
digest can be built again with what was known then."""

from __future__ import annotations

from datetime import datetime

from veille.store.rows import Json, Rows, fields_of, from_micros
from veille.values import Rating

UNDONE = "undo"  # the verdict of a row that takes a rating back


class Ratings(Rows):
    """Ratings, one for a story, topic and rater. A story that was joined with another is found through its item."""

    def find_stories(self, what: str, limit: int = 6) -> list[tuple[str, str, str]]:
        """Story id, representative's id and title of each story that ``what`` may mean, the first seen first.

        ``what`` is a story id, an item id or their first characters; a whole id means its story alone.
        """
        rows = self._rows(
            """WITH meant AS (
                   SELECT story_id, bool_or(item_id = $1) AS whole FROM kept.story_items
                   WHERE $1 <> '' AND starts_with(item_id, $1) GROUP BY story_id)
               SELECT story_id, s.item_id, i.title FROM meant
               JOIN kept.stories s USING (story_id) JOIN kept.items i ON i.item_id = s.item_id
               WHERE whole OR NOT (SELECT bool_or(whole) FROM meant)
               ORDER BY i.first_seen_at, story_id LIMIT $2""",
            what,
            limit,
        )
        return [(story_id, item_id, title) for story_id, item_id, title in rows]

    def load_shown_topics(self, story_id: str) -> list[str]:
        """The topics that a digest showed this story under, the newest digest's first."""
        rows = self._rows(
            """SELECT e.topic_id FROM kept.digest_entries e JOIN kept.digests d USING (digest_id)
               WHERE e.topic_id IS NOT NULL AND (e.story_id = $1 OR list_has_any(
                   e.item_ids, (SELECT list(item_id) FROM kept.story_items WHERE story_id = $1)))
               ORDER BY d.generated_at DESC, d.digest_id, e.position""",
            story_id,
        )
        return list(dict.fromkeys(topic_id for (topic_id,) in rows))

    def save_rating(self, rating: Rating, *, late: bool = False) -> bool:
        """Record what was said; whether that changed anything.

        It takes the place of what its rater said of the story and topic before. A ``late`` one, which waited in a
        queue, gives way to what was said after it; any other one is the last word, whatever a clock said before.
        """
        return self._save(fields_of(rating), late=late)

    def undo_ratings(
        self, story_id: str, topic_id: str | None, rater: str, now: datetime, *, late: bool = False
    ) -> list[Rating]:
        """Take back what this rater said of a story, for this topic or for all; what was taken back."""
        said = [one for one in self.load_ratings() if one.story_id == story_id and one.rater == rater]
        return [
            one
            for one in said
            if topic_id in (None, one.topic_id)
            and self._save({**fields_of(one), "verdict": UNDONE, "rated_at": now}, late=late)
        ]

    def _save(self, row: Json, *, late: bool) -> bool:
        same = f"""topic_id = $2 AND rater = $3 AND rated_at >= $4 AND (item_id = $1 OR item_id IN ({SAME_STORY}))"""
        key = (row["item_id"], row["topic_id"], row["rater"], row["rated_at"])
        with self._transaction():
            since = self._rows(f"SELECT verdict, rated_at > $4 FROM kept.ratings WHERE {same}", *key)
            if since == [(row["verdict"], False)] or (late and any(after for _, after in since)):
                return False
            self._execute(f"DELETE FROM kept.ratings WHERE {same}", *key)
            self._insert("ratings", [row])
        return True

    def load_ratings(self, until: datetime | None = None) -> list[Rating]:
        """What each rater last said of each story and topic, up to ``until``, by when; nothing that was taken back."""
        rows = self._rows(
            """SELECT * FROM (
                   SELECT coalesce(s.story_id, r.story_id) AS story_id, r.item_id, topic_id, verdict,
                          epoch_us(rated_at) AS rated_at, rater
                   FROM kept.ratings r LEFT JOIN kept.story_items s USING (item_id)
                   WHERE $1::TIMESTAMPTZ IS NULL OR r.rated_at <= $1
                   QUALIFY row_number() OVER (PARTITION BY coalesce(s.story_id, r.story_id), topic_id, rater
                                              ORDER BY r.rated_at DESC, r.item_id) = 1)
               WHERE verdict <> $2 ORDER BY rated_at, story_id, topic_id, rater""",
            until,
            UNDONE,
        )
        return [
            Rating(story_id, item_id, topic_id, verdict, from_micros(rated_at), rater)
            for story_id, item_id, topic_id, verdict, rated_at, rater in rows
        ]


SAME_STORY = """SELECT item_id FROM kept.story_items
                WHERE story_id = (SELECT story_id FROM kept.story_items WHERE item_id = $1)"""
