"""What an issue says of its topics' weeks: the nine whole weeks before it, and what surged in the latest. Pure.

The week that is running when an issue is made is left out: a Monday's issue would compare one day with whole weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import dropwhile

from veille.config import Topic
from veille.digest.values import Trend
from veille.trends.phrases import PhraseWeek
from veille.trends.weeks import BEFORE, SURGES_AT, WEEK, TopicWeek, list_weeks, monday_of

PHRASES_NAMED = 3


def find_whole_weeks(now: datetime) -> list[date]:
    """The Mondays of the last whole week before this instant, in UTC, and of the eight before it, oldest first."""
    last = monday_of(now.astimezone(UTC).date()) - WEEK
    return list_weeks(last - BEFORE * WEEK, last)


def build_trends(
    topics: Sequence[Topic], weeks: Sequence[str], counted: Sequence[TopicWeek], phrases: Sequence[PhraseWeek]
) -> tuple[Trend, ...]:
    """A trend a topic, in their order, from the first of these weeks that was counted.

    ``weeks`` are named as in ``2026-W10``; a later week without a row had no story.
    """
    rows = {(row.topic_id, row.week): row for row in counted}
    return tuple(
        _build_trend(topic.id, weeks, [rows.get((topic.id, week)) for week in weeks], phrases) for topic in topics
    )


def _build_trend(
    topic_id: str, weeks: Sequence[str], rows: Sequence[TopicWeek | None], phrases: Sequence[PhraseWeek]
) -> Trend:
    latest = rows[-1]
    surge = latest.surge if latest else None
    rising = [
        (-phrase.surge, phrase.phrase)
        for phrase in phrases
        if (phrase.topic_id, phrase.week) == (topic_id, weeks[-1]) and phrase.surge and phrase.surge >= SURGES_AT
    ]
    return Trend(
        topic_id=topic_id,
        stories=tuple(row.news if row else 0 for row in dropwhile(lambda row: row is None, rows)),
        baseline=latest.baseline if latest else None,
        surge=surge,
        rising=surge is not None and surge >= SURGES_AT,
        phrases=tuple(phrase for _, phrase in sorted(rising)[:PHRASES_NAMED]),
    )
