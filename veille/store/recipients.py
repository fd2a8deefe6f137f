"""Who gets no mail, and how long the ledger remembers who got some."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from veille.store.rows import Rows

Reason = Literal["left", "bounced"]
EVERY_AUDIENCE = "*"  # which no audience can be called


class Recipients(Rows):
    """Suppressions, and addresses in deliveries. Addresses are the same in capitals and in small letters."""

    def save_suppression(self, audience: str, recipient: str, reason: Reason, at: datetime) -> bool:
        """Send this recipient nothing more of an audience, or of `EVERY_AUDIENCE`; whether that is new."""
        key = (audience, recipient.lower(), reason)
        with self._transaction():
            known = self._rows(
                "SELECT 1 FROM kept.suppressions WHERE audience = ? AND recipient = ? AND reason = ?", *key
            )
            if not known:
                self._execute("INSERT INTO kept.suppressions VALUES (?, ?, ?, ?)", *key, at)
        return not known

    def load_suppressed(self, audience: str) -> dict[str, str]:
        """Who gets nothing of this audience, in small letters, and why in a few words."""
        rows = self._rows(
            """SELECT recipient, reason, strftime(since, '%Y-%m-%d') FROM kept.suppressions
               WHERE audience IN (?, ?) ORDER BY since DESC, reason""",
            audience,
            EVERY_AUDIENCE,
        )
        return {recipient: f"{reason} on {day}" for recipient, reason, day in rows}

    def lift_suppressions(self, recipient: str, audience: str | None = None) -> list[tuple[str, Reason]]:
        """Let this recipient have mail again, of one audience or of all; what was lifted, as audience and reason."""
        with self._transaction():
            return self._lift(recipient, audience)

    def forget_recipient(self, recipient: str) -> int:
        """Take this address out of all that is kept; how many rows had it. What was sent stays counted."""
        with self._transaction():
            return len(self._lift(recipient)) + self._forget("lower(recipient) = ?", recipient.lower())

    def forget_deliveries(self, before: datetime) -> int:
        """Take the addresses out of deliveries of issues generated before then; how many had one.

        A row without address, message id and error stays for each: counts and frozen issues stay what they were.
        """
        with self._transaction():
            return self._forget("digest_id IN (SELECT digest_id FROM kept.digests WHERE generated_at < ?)", before)

    def _lift(self, recipient: str, audience: str | None = None) -> list[tuple[str, Reason]]:
        rows = self._rows(
            """DELETE FROM kept.suppressions WHERE recipient = $1 AND ($2::VARCHAR IS NULL OR audience = $2)
               RETURNING audience, reason""",
            recipient.lower(),
            audience,
        )
        return sorted((found, reason) for found, reason in rows)

    def _forget(self, which: str, *parameters: object) -> int:
        self._execute(f"DELETE FROM kept.deliveries WHERE status IS NULL AND {which}", *parameters)
        rows = self._rows(
            f"""UPDATE kept.deliveries SET recipient = NULL, message_id = NULL, error = NULL
                WHERE recipient IS NOT NULL AND {which} RETURNING 1""",
            *parameters,
        )
        return len(rows)
