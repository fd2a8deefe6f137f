"""The ledger: what each audience was shown and sent, written before anything is sent, and what each run did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from veille.store.rows import Rows, StoreError, from_micros

Entry = tuple[int, str, str | None, str | None, float | None, Sequence[str]]


class FrozenDigestError(StoreError):
    """A message of this digest was accepted: its entries stay what they were."""


class Ledger(Rows):
    """Digests, deliveries and runs."""

    def save_digest(
        self,
        digest_id: str,
        audience: str,
        week: str,
        generated_at: datetime,
        path: str,
        entries: Sequence[Entry],
        recipients: Sequence[tuple[str, str]],
    ) -> None:
        """Record a digest before it is sent, in one transaction; raises `FrozenDigestError` once one was accepted.

        ``entries`` are (position, section, topic_id, story_id, score, item_ids), ``recipients`` (address, message id).
        Built again, it takes the place of the one before; a recipient that refused stays refused.
        """
        with self._transaction():
            if self.is_frozen(digest_id):
                raise FrozenDigestError(f"{digest_id}: already sent, its entries stay as they are")
            for table in ("digests", "digest_entries"):
                self._delete(table, "digest_id", [digest_id])
            self._execute(
                "DELETE FROM kept.deliveries WHERE digest_id = ? AND (status IS NULL OR status = 'retry')", digest_id
            )
            self._execute(
                "INSERT INTO kept.digests VALUES (?, ?, ?, ?, ?)",
                digest_id, audience, week, generated_at, path,
            )  # fmt: skip
            names = ("position", "section", "topic_id", "story_id", "score", "item_ids")
            self._insert(
                "digest_entries",
                [{"digest_id": digest_id, **dict(zip(names, entry, strict=True))} for entry in entries],
            )
            rows = self._rows("SELECT recipient FROM kept.deliveries WHERE digest_id = ?", digest_id)
            settled = {recipient for (recipient,) in rows}
            self._insert(
                "deliveries",
                [
                    {"digest_id": digest_id, "recipient": recipient, "message_id": message_id}
                    for recipient, message_id in recipients
                    if recipient not in settled
                ],
            )

    def is_frozen(self, digest_id: str) -> bool:
        """Whether a message of this digest was accepted: its entries stay what they were."""
        return bool(self._rows("SELECT 1 FROM kept.deliveries WHERE digest_id = ? AND status = 'sent'", digest_id))

    def load_shown(self, audience: str, before_week: str) -> tuple[set[str], set[str], datetime | None]:
        """Story ids and item ids in this audience's issues of earlier weeks, and when the last was generated."""
        rows = self._rows(
            """SELECT e.story_id, e.item_ids, epoch_us(d.generated_at), d.week
               FROM kept.digests d LEFT JOIN kept.digest_entries e USING (digest_id)
               WHERE d.audience = ? AND d.week < ?""",
            audience,
            before_week,
        )
        stories = {story_id for story_id, *_ in rows if story_id}
        last = max(((week, generated) for *_, generated, week in rows), default=None)
        return stories, {id for _, ids, *_ in rows for id in ids or ()}, from_micros(last[1]) if last else None

    def load_late(self, audience: str, before_week: str | None, since: datetime) -> list[tuple[str, str]]:
        """Week and path of this audience's issues, generated since, that a mail server kept waiting.

        Those of earlier weeks than ``before_week``, or None: of any.
        """
        return [
            (week, path)
            for week, path in self._rows(
                """SELECT DISTINCT week, path FROM kept.digests JOIN kept.deliveries USING (digest_id)
                   WHERE audience = $1 AND ($2::VARCHAR IS NULL OR week < $2) AND generated_at >= $3
                         AND status = 'retry' AND recipient IS NOT NULL
                   ORDER BY week""",
                audience,
                before_week,
                since,
            )
        ]

    def load_pending(self, digest_id: str) -> list[tuple[str, str]]:
        """Recipient and message id of each message not tried yet, or to be tried again."""
        return [
            (recipient, message_id)
            for recipient, message_id in self._rows(
                """SELECT recipient, message_id FROM kept.deliveries
                   WHERE digest_id = ? AND (status IS NULL OR status = 'retry') AND recipient IS NOT NULL
                   ORDER BY recipient""",
                digest_id,
            )
        ]

    def save_sending(self, digest_id: str, attempted_at: datetime) -> None:
        """Record that this digest is being sent: what is left of it after a crash is tried again as what waits."""
        with self._transaction():
            self._execute(
                """UPDATE kept.deliveries SET status = 'retry', attempted_at = ?,
                          error = 'the run ended before this message was sent'
                   WHERE digest_id = ? AND status IS NULL""",
                attempted_at,
                digest_id,
            )

    def save_delivery(
        self,
        digest_id: str,
        recipient: str,
        status: str,
        attempted_at: datetime,
        message_id: str,
        error: str | None = None,
    ) -> None:
        """Record what came of a message: sent, retry, refused or suppressed."""
        with self._transaction():
            self._execute("DELETE FROM kept.deliveries WHERE digest_id = ? AND recipient = ?", digest_id, recipient)
            self._execute(
                "INSERT INTO kept.deliveries VALUES (?, ?, ?, ?, ?, ?)",
                digest_id, recipient, status, attempted_at, message_id, error,
            )  # fmt: skip

    def save_run(
        self, kind: str, started_at: datetime, finished_at: datetime, exit_code: int, summary: Mapping[str, object]
    ) -> None:
        with self._transaction():
            self._insert(
                "runs",
                [{"kind": kind, "started_at": started_at, "finished_at": finished_at, "exit_code": exit_code,
                  "summary": summary}],
            )  # fmt: skip
