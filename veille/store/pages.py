"""What sources told: each item new, changed, quietly other or the same, kept together with its bookmark."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from veille.items.moves import Listed, find_listed, is_overturned, is_overturned_anew, keep_move
from veille.store.rows import IDS, Json, encode, from_micros
from veille.store.sources import Sources
from veille.values import Bookmark, Item, Series, short_hash

if TYPE_CHECKING:
    from veille.config import Source

# Fingerprint, row hash, details that may be overturned, and when it was first seen, updated and overturned.
Known = tuple[str, str, str | None, datetime, datetime, datetime | None]


class Pages(Sources):
    """Items as they come in."""

    def save_page(self, source: Source, items: Sequence[Item], bookmark: Bookmark, now: datetime) -> tuple[int, int]:
        """One source's part of `save_pages`: how many items were new, and how many changed."""
        return self.save_pages([(source.id, items, bookmark)], now)[0]

    def save_pages(
        self,
        pages: Sequence[tuple[str, Sequence[Item], Bookmark | None]],
        now: datetime,
        series: Mapping[str, Sequence[Series]] = MappingProxyType({}),
    ) -> list[tuple[int, int]]:
        """Save what sources told, by source id, together with their bookmarks, in one transaction.

        A part of a page that has more to come has no bookmark.

        An item is new if its source and guid were never seen, and changed if its fingerprint is another. What a reader
        does not see (date, section, addresses, identifiers) follows the source without counting as a change.
        Gives the numbers of new and changed items, a pair a page. An item twice in a page counts once, as told last.
        ``series``, by source id, is what a page tells in full: what it lacks of that is cancelled, and changed.
        """
        told = [{item.item_id: item for item in items} for _, items, _ in pages]
        with self._transaction():
            known = self._load_known([item_id for items in told for item_id in items])
            counts: list[tuple[int, int]] = []
            rows: list[Json] = []
            for items in told:
                listed = find_listed(items.values())
                judged = [judge_item(item_id, item, known.get(item_id), now, listed) for item_id, item in items.items()]
                verdicts = [verdict for verdict, _ in judged]
                counts.append((verdicts.count("new"), verdicts.count("changed")))
                rows += [row for verdict, row in judged if verdict != "same"]
            self._delete("items", "item_id", [row["item_id"] for row in rows if row["item_id"] in known])
            self._insert("items", rows)
            for at, (source_id, _, _) in enumerate(pages):
                missing = sum(self._cancel_missing(source_id, one, told[at], now) for one in series.get(source_id, ()))
                counts[at] = counts[at][0], counts[at][1] + missing
            if rows or series:
                self._execute("DELETE FROM kept.analysed")
            self._save_bookmarks({source_id: bookmark for source_id, _, bookmark in pages if bookmark})
        return counts

    def _cancel_missing(self, source_id: str, series: Series, told: Iterable[str], now: datetime) -> int:
        """Cancel the occurrences that a series had and has no more; how many. One that returns counts as changed."""
        cancelled = self._connection.execute(
            f"""UPDATE kept.items SET details = json_merge_patch(details, '{{"status": "cancelled"}}'),
                    fingerprint = '', row_hash = '', updated_at = ?, overturned_at = ?
                WHERE source_id = ? AND kind = 'event' AND starts_with(guid, ?)
                AND substr(guid, ?) BETWEEN ? AND ?
                AND (details->>'status') <> 'cancelled' AND item_id NOT IN {IDS} RETURNING item_id""",
            [
                now,
                now,
                source_id,
                f"{series.guid}/",
                len(series.guid) + 2,
                series.since.isoformat(),
                series.until.isoformat(),
                encode(list(told)),
            ],
        )
        return len(cancelled.fetchall())

    def load_analysed(self) -> str | None:
        """What `save_analysed` kept, if no item was saved since."""
        return next((mark for (mark,) in self._rows("SELECT mark FROM kept.analysed")), None)

    def save_analysed(self, mark: str) -> None:
        """All items that are here went through what ``mark`` stands for: a run without news has nothing to do."""
        with self._transaction():
            self._execute("DELETE FROM kept.analysed")
            self._execute("INSERT INTO kept.analysed VALUES (?)", mark)

    def _load_known(self, item_ids: Sequence[str]) -> dict[str, Known]:
        """What tells an edited item from a known one, of those of these items that were seen before."""
        rows = self._rows(
            f"""SELECT item_id, fingerprint, row_hash,
                       CASE WHEN kind IN ('event', 'course', 'paper')
                            THEN json_merge_patch(details, json_object('title', title)) END,
                       epoch_us(first_seen_at), epoch_us(updated_at), epoch_us(overturned_at)
                FROM kept.items WHERE item_id IN {IDS}""",
            encode(item_ids),
        )
        return {item_id: (*row[:3], *map(from_micros, row[3:])) for item_id, *row in rows}


def judge_item(
    item_id: str, item: Item, known: Known | None, now: datetime, listed: Collection[Listed] = ()
) -> tuple[str, Json]:
    """Whether an item is new, changed, quietly other or the same as it is known, and its row."""
    before = json.loads(known[2]) if known and known[2] else {}
    item = keep_move(item, before, now.date(), listed)
    row = build_row(item_id, item)
    row_hash = short_hash(encode(row))
    overturned_at = now if is_overturned_anew(item.details, before) else None
    if known is None:
        verdict, seen_at, updated_at = "new", now, now
    else:
        fingerprint, known_hash, _, seen_at, updated_at, known_overturned_at = known
        overturned_at = overturned_at or (known_overturned_at if is_overturned(item.details) else None)
        if fingerprint != item.fingerprint:
            verdict, updated_at = "changed", now
        else:
            verdict = "same" if known_hash == row_hash and seen_at <= now else "quiet"
        seen_at = min(seen_at, now)  # the clock had run ahead when it was seen before
    instants = {"first_seen_at": seen_at, "updated_at": updated_at, "overturned_at": overturned_at}
    return verdict, {**row, "row_hash": row_hash, **instants}


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
