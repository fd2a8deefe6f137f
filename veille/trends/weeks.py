"""A topic's or a phrase's week against the eight before it, by one statistic. Pure.

The weeks are ISO weeks in UTC, each known by its Monday; a story belongs to the week of its first sighting.

**surge** is a signed root of a likelihood ratio. With ``n`` stories in a week and ``b`` in the eight before, one rate
for all nine expects ``(n + b) / 9`` a week; ``G² = 2 (n ln(n / E₁) + b ln(b / E₈))`` says how badly that fits
(Dunning 1993, "Accurate methods for the statistics of surprise and coincidence", which holds for the small counts
where z-scores do not). Stories come in clusters, so G² is divided by the dispersion of the eight weeks, variance over
mean, where that is above 1 (quasi-likelihood: McCullagh and Nelder 1989, "Generalized Linear Models", section 4.5). The
sign says up or down. Like a z-score it stays within ±3 in 997 of 1,000 weeks without news: `SURGES_AT`.

A source that was added this month must not look like news. So baseline and surge count only the stories told by a
source that was read before the eight weeks were over with, from their first day on; and of what a source brought at
its very first reading, its archive, only what is dated within that week.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log, sqrt

WEEK = timedelta(days=7)
BEFORE = 8  # weeks that a week is compared with
SURGES_AT = 3.0


@dataclass(frozen=True, slots=True)
class Title:
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """A story as trends see it."""

    story_id: str
    week: date  # the Monday of its first sighting
    since: date | None  # the Monday from which its longest-read source counts; None: it came with an archive
    research: bool
    sources: frozenset[str]
    topics: frozenset[str]  # for which it is relevant
    titles: tuple[Title, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """From when on there is something to compare with."""

    began: date | None  # the Monday of the first sighting of all
    read: frozenset[date] = frozenset()  # Mondays of the weeks with a reading; empty: not recorded, so all of them

    def reaches(self, week: date) -> bool:
        """Whether the eight weeks before this one were all collected."""
        if self.began is None or week - BEFORE * WEEK < self.began:
            return False
        return not self.read or all(week - ago * WEEK in self.read for ago in range(1, BEFORE + 1))


@dataclass(frozen=True, slots=True)
class TopicWeek:
    topic_id: str
    week: str  # 2026-W10
    stories: int
    research_stories: int
    sources: int
    baseline: float | None
    surge: float | None
    news: int  # of the stories, those that did not come with a source's archive


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def name_week(monday: date) -> str:
    return monday.strftime("%G-W%V")


def list_weeks(first: date, last: date) -> list[date]:
    """The Mondays from the one to the other, both included."""
    return [first + number * WEEK for number in range((last - first) // WEEK + 1)]


def find_surge(count: int, before: Sequence[int]) -> float:
    """How much a week stands out from the weeks before it, as the head of this file defines it; 0.0 when all is silent.

    >>> round(find_surge(3, [0] * 8), 2), round(find_surge(4, [4] * 8), 2), round(find_surge(0, [4] * 8), 2)
    (3.63, 0.0, -2.74)
    """
    past, weeks = sum(before), len(before)
    expected = (count + past) / (weeks + 1)
    if not expected:
        return 0.0
    ratio = 2 * (_part(count, expected) + _part(past, weeks * expected))
    return (1 if count > expected else -1) * sqrt(max(ratio, 0.0) / _dispersion(before)) or 0.0


def _part(count: int, expected: float) -> float:
    return count * log(count / expected) if count else 0.0


def _dispersion(counts: Sequence[int]) -> float:
    mean = sum(counts) / len(counts)
    spread = sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)
    return max(1.0, spread / mean) if mean else 1.0


def compare(stories: Iterable[Told], weeks: Iterable[date], history: History) -> dict[date, tuple[float, float]]:
    """Baseline (stories a week) and surge of those of these weeks that history reaches."""
    counts: dict[date, dict[date, int]] = {}
    for told in stories:
        if told.since is not None:
            since = counts.setdefault(told.week, {})
            since[told.since] = since.get(told.since, 0) + 1
    return {week: _compare(counts, week) for week in weeks if history.reaches(week)}


def _compare(counts: Mapping[date, Mapping[date, int]], week: date) -> tuple[float, float]:
    begin = week - BEFORE * WEEK
    count, *before = (
        sum(stories for since, stories in counts.get(week - ago * WEEK, {}).items() if since <= begin)
        for ago in range(BEFORE + 1)
    )
    return sum(before) / BEFORE, find_surge(count, before)


def count_topics(
    tellings: Sequence[Told], topic_ids: Sequence[str], weeks: Sequence[date], history: History
) -> list[TopicWeek]:
    """A row for each topic and week, also where nothing was told: silence is a count. By topic, then week."""
    return [row for topic_id in topic_ids for row in _count_topic(tellings, topic_id, weeks, history)]


def _count_topic(
    tellings: Sequence[Told], topic_id: str, weeks: Sequence[date], history: History
) -> Iterable[TopicWeek]:
    mine = [told for told in tellings if topic_id in told.topics]
    of_week: dict[date, list[Told]] = {}
    for told in mine:
        of_week.setdefault(told.week, []).append(told)
    compared = compare(mine, weeks, history)
    for week in weeks:
        stories = of_week.get(week, [])
        sources = frozenset[str]().union(*(told.sources for told in stories))
        research = sum(told.research for told in stories)
        baseline, surge = compared.get(week, (None, None))
        news = sum(told.since is not None for told in stories)
        yield TopicWeek(topic_id, name_week(week), len(stories), research, len(sources), baseline, surge, news)
