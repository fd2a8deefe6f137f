"""The scales that thresholds rest on: fitted once to what is collected and to a model, then kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from veille.store.rows import IDS, Json, Rows, encode

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Numbers = NDArray[float32]

STORIES = "stories"


class Scales(Rows):
    """The stories' scale by model (an empty name: of words only), and what was measured against it."""

    def load_scale(self, model: str) -> Json | None:
        """The stories' scale of this model, as it was saved."""
        rows = self._rows("SELECT scale FROM kept.scales WHERE name = ? AND model = ?", STORIES, model)
        return json.loads(rows[0][0]) if rows else None

    def has_places(self, model: str) -> bool:
        """Whether any item's text has a vector of this model."""
        query = """SELECT 1 FROM kept.items
                   SEMI JOIN (SELECT content_hash FROM kept.embeddings WHERE model = ?) USING (content_hash) LIMIT 1"""
        return bool(self._rows(query, model))

    def save_scale(self, model: str, scale: Json, now: datetime) -> None:
        """Replace the stories' scale: all that was judged by the one before is to be judged again."""
        with self._transaction():
            self._execute("DELETE FROM kept.scales WHERE name = ? AND model = ?", STORIES, model)
            self._insert("scales", [{"name": STORIES, "model": model, "scale": scale, "fitted_at": now}])
            self._execute("DELETE FROM kept.crowding WHERE model = ?", model)
            self._execute("DELETE FROM kept.linked")

    def load_uncrowded(self, model: str) -> list[tuple[str, str]]:
        """Texts with a vector of this model whose surroundings were not measured yet: content hash and an item's id."""
        return [
            (content_hash, item_id)
            for content_hash, item_id in self._rows(
                """SELECT content_hash, min(item_id) FROM kept.items
                   SEMI JOIN (SELECT content_hash FROM kept.embeddings WHERE model = ?) USING (content_hash)
                   ANTI JOIN (SELECT content_hash FROM kept.crowding WHERE model = ?) USING (content_hash)
                   GROUP BY content_hash ORDER BY content_hash""",
                model,
                model,
            )
        ]

    def save_crowding(self, model: str, hashes: Sequence[str], crowding: Numbers) -> None:
        """Keep how crowded the surroundings of these texts are, by content hash."""
        with self._transaction():
            self._execute(f"DELETE FROM kept.crowding WHERE model = ? AND content_hash IN {IDS}", model, encode(hashes))
            self._insert(
                "crowding",
                [
                    {"content_hash": key, "model": model, "crowding": value}
                    for key, value in zip(hashes, crowding.tolist(), strict=True)
                ],
            )

    def load_ground(self, model: str) -> dict[str, Any]:
        """Arrays, an item with a vector of this model a place, by item id: ``item_id``, ``crowding``, ``language``,
        ``days`` (since 1970, of its own date or else its first sighting) and ``paper``."""
        with self._lock:
            return self._connection.execute(
                """SELECT item_id, crowding, kind = 'paper' AS paper,
                          lower(split_part(coalesce(language, ''), '-', 1)) AS language,
                          (epoch(coalesce(published_at, first_seen_at)) / 86400)::FLOAT AS days
                   FROM kept.items
                   JOIN (SELECT content_hash, crowding FROM kept.crowding WHERE model = ?) USING (content_hash)
                   ORDER BY item_id""",
                [model],
            ).fetchnumpy()
