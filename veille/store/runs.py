"""What the rows of runs say about failures that follow each other. An alert that was mailed is a row of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from veille.store.rows import Rows, from_micros

ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Streak:
    """Runs of one kind that failed one after the other, up to the last."""

    kind: str
    count: int
    since: datetime
    error: str  # what the last one said
    told: bool  # an alert about it was mailed


class Runs(Rows):
    """Questions to the kept runs."""

    def load_streak(self, kind: str) -> Streak | None:
        """The failures that end with the last run of this kind; None when it went well, or when there was none."""
        rows = self._rows(
            """WITH numbered AS (SELECT *, rowid AS place FROM kept.runs),
                    well AS (SELECT max(place) AS place FROM numbered WHERE kind = $1 AND exit_code = 0)
               SELECT epoch_us(started_at), summary->>'$.error',
                      (SELECT count(*) FROM numbered a WHERE a.kind = $2 AND (a.summary->>'$.about') = $1
                                                             AND a.place > coalesce(well.place, -1))
               FROM numbered, well WHERE kind = $1 AND numbered.place > coalesce(well.place, -1)
               ORDER BY numbered.place""",
            kind,
            ALERT,
        )
        if not rows:
            return None
        return Streak(kind, len(rows), from_micros(rows[0][0]), rows[-1][1] or "", bool(rows[-1][2]))

    def save_alert(self, streak: Streak, now: datetime) -> None:
        """Record that the operator was told of these failures."""
        with self._transaction():
            summary = {"about": streak.kind, "failures": streak.count, "since": streak.since.isoformat()}
            self._insert(
                "runs",
                [{"kind": ALERT, "started_at": now, "finished_at": now, "exit_code": 0, "summary": summary}],
            )
