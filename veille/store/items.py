"""The items, as they are read again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from veille.store.rows import IDS, Json, Row, Rows, encode, from_micros
from veille.values import Course, Deadline, Details, Event, Item, Paper, SeenItem

ITEM_COLUMNS = """
    source_id, kind, section, guid, url, canonical_url, title, summary, authors, language, epoch_us(published_at),
    identifiers, details, content_hash, fingerprint, epoch_us(first_seen_at), epoch_us(updated_at), item_id,
    epoch_us(overturned_at)"""


class Items(Rows):
    """Items and the identity keys that join them."""

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

    def _load_items(self, condition: str, parameters: Sequence[object]) -> list[SeenItem]:
        rows = self._rows(
            f"SELECT {ITEM_COLUMNS} FROM kept.items WHERE {condition} ORDER BY first_seen_at, item_id", *parameters
        )
        return [build_seen(row) for row in rows]

    def save_keys(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Replace the identity keys of these items, by item id."""
        with self._transaction():
            self._delete("item_keys", "item_id", list(keys))
            self._execute(
                """INSERT INTO kept.item_keys
                   SELECT item_id, unnest(own) FROM (
                       SELECT unnest(map_keys(keys)) AS item_id, unnest(map_values(keys)) AS own
                       FROM (SELECT from_json(?, '"MAP(VARCHAR, VARCHAR[])"') AS keys))""",
                encode(keys),
            )

    def load_crowded(self, crowd: int = 50) -> set[str]:
        """Keys that more than ``crowd`` items share."""
        rows = self._rows("SELECT key FROM kept.item_keys GROUP BY key HAVING count(*) > ?", crowd)
        return {key for (key,) in rows}

    def load_holders(self, keys: Sequence[str]) -> list[str]:
        """Ids of the items that have any of these keys."""
        if not keys:
            return []
        rows = self._rows(f"SELECT DISTINCT item_id FROM kept.item_keys WHERE key IN {IDS}", encode(keys))
        return sorted(item_id for (item_id,) in rows)

    def load_pairs(self, item_ids: Sequence[str], *, crowd: int = 50) -> list[tuple[str, str]]:
        """Pairs of items, ids in ascending order, that share a saved identity key and have at least one of these.

        A key of more than ``crowd`` items says nothing.
        """
        return [
            (one, other)
            for one, other in self._rows(
                f"""WITH given AS MATERIALIZED {IDS},
                    held AS MATERIALIZED (
                        SELECT key, item_id FROM kept.item_keys
                        WHERE key IN (SELECT key FROM kept.item_keys WHERE item_id IN (FROM given))),
                    shared AS MATERIALIZED (
                        FROM held SEMI JOIN (
                            SELECT key FROM held GROUP BY key HAVING count(*) BETWEEN 2 AND ?) USING (key))
                    SELECT DISTINCT a.item_id, b.item_id
                    FROM shared a JOIN shared b ON a.key = b.key AND a.item_id < b.item_id
                    WHERE a.item_id IN (FROM given) OR b.item_id IN (FROM given)""",
                encode(item_ids),
                crowd,
            )
        ]


def build_seen(row: Row) -> SeenItem:
    """An item from its `ITEM_COLUMNS`."""
    source_id, kind, section, guid, url, canonical_url, title, summary, *rest = row
    authors, language, published, identifiers, details, content_hash, fingerprint, *rest = rest
    first_seen, updated, item_id, overturned = rest
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
    return SeenItem(item, from_micros(first_seen), from_micros(updated), item_id, from_micros(overturned))


def build_details(kind: str, kept: Json) -> Details:
    """The details of an item of this kind, from the JSON object that they were kept as."""
    kept = {name: _read_detail(name, value) for name, value in kept.items()}
    if kind == "paper":
        return Paper(**kept)
    if kind == "course":
        return Course(**kept)
    kept["deadlines"] = tuple(Deadline(one["kind"], date.fromisoformat(one["on"])) for one in kept["deadlines"])
    return Event(**kept)


def _read_detail(name: str, value: Any) -> Any:
    """Days and instants are kept as text, and known by the ends of their names."""
    if value is None:
        return None
    if name.endswith("_on"):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if name.endswith("_at") else value
