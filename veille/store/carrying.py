"""What a restored store must be told of the time since its backup: who was sent what, and who wants nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from veille.store.rows import Json, Rows

SENT = ("digests", "digest_entries", "deliveries")
Carried = Mapping[str, Sequence[Json]]


class Carrying(Rows):
    """The part of the ledger that survives a restore."""

    def load_carried(self) -> Carried:
        """By table, every row of each digest of which a message was accepted, and every suppression."""
        accepted = "WHERE digest_id IN (SELECT digest_id FROM kept.deliveries WHERE status = 'sent')"
        found = {table: self._load_json(f"kept.{table} AS t {accepted}") for table in SENT}
        return {**found, "suppressions": self._load_json("kept.suppressions AS t")}

    def _load_json(self, source: str) -> list[Json]:
        return [json.loads(row) for (row,) in self._rows(f"SELECT to_json(t) FROM {source}")]

    def save_carried(self, carried: Carried) -> list[str]:
        """Take over what another store knows of them; the ids of digests that this one did not know as sent."""
        ids = sorted({row["digest_id"] for row in carried["digests"]})
        known = {id for (id,) in self._rows("SELECT digest_id FROM kept.deliveries WHERE status = 'sent'")}
        with self._transaction():
            for table in SENT:
                self._delete(table, "digest_id", ids)
                self._insert(table, carried[table])
            left = set(self._rows("SELECT audience, recipient FROM kept.suppressions"))
            self._insert(
                "suppressions",
                [row for row in carried["suppressions"] if (row["audience"], row["recipient"]) not in left],
            )
        return [id for id in ids if id not in known]
