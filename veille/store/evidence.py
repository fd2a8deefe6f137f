"""What papers say of how they know, as it was read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from veille.store.rows import IDS, Rows, encode, fields_of
from veille.values import Evidence

_COLUMNS = ", ".join(field.name for field in fields(Evidence))


class Evidences(Rows):
    """The table `evidence`: a row a paper, with the mark of the rules and the text that it was read by and from."""

    def load_unread(self, rules: str) -> list[str]:
        """Ids of papers that were not read by these rules, or were edited since they were; as they were saved."""
        rows = self._rows(
            """SELECT i.item_id FROM kept.items i LEFT JOIN kept.evidence e USING (item_id)
               WHERE i.kind = 'paper' AND e.mark IS DISTINCT FROM i.fingerprint || ' ' || ? ORDER BY i.rowid""",
            rules,
        )
        return [item_id for (item_id,) in rows]

    def save_evidence(self, rules: str, read: Mapping[str, tuple[str, Evidence]]) -> None:
        """Replace what was read of these papers: by item id, the fingerprint of the text, and what it says."""
        with self._transaction():
            self._delete("evidence", "item_id", list(read))
            self._insert(
                "evidence",
                [
                    {"item_id": item_id, "mark": f"{fingerprint} {rules}", **fields_of(evidence)}
                    for item_id, (fingerprint, evidence) in read.items()
                ],
            )

    def load_evidence(self, item_ids: Sequence[str]) -> dict[str, Evidence]:
        """What was read of these items, by id; of those only that are papers and were read."""
        rows = self._rows(
            f"SELECT item_id, {_COLUMNS} FROM kept.evidence WHERE item_id IN {IDS} ORDER BY item_id", encode(item_ids)
        )
        return {item_id: Evidence(*values) for item_id, *values in rows}
