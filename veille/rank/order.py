"""The order of a digest: what is worth most first, and what was not said yet. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import log2
from typing import TYPE_CHECKING

from veille.config import Topic
from veille.rank.reading import Candidate, ItemText
from veille.rank.scales import move_to_centre
from veille.values import Score, short_hash

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

HALF_LIFE_DAYS = {"research": 120.0}  # by section
DEFAULT_HALF_LIFE_DAYS = 14.0
SAME_SOURCE = 0.85  # a story keeps this for each one above it from its source
SAME_SUBJECT = 0.5  # it loses up to this when one above says much the same
PROMOTIONAL = 0.7  # and this when all that tells it is selling something
CORROBORATION = 0.1  # more for each doubling of independent sources
COMPARED = 60  # stories that are moved about; beyond them the value alone orders
EXPLORED = 10  # one in so many places goes to a story that the order alone would hide
FIRST_EXPLORED = 2  # places of each ten that it never takes
DEEP = 5  # places below, at least: from where a story would hardly be seen
NEAR = 0.7  # a score below this is near enough to the threshold to be worth somebody's verdict


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story's place in a topic of a digest. ``value`` orders, ``reasons`` are the score's and those of the order."""

    story_id: str
    topic_id: str
    score: float
    value: float
    reasons: tuple[Mapping[str, object], ...]


def order_entries(
    candidates: Sequence[Candidate],
    scores: Sequence[Score],
    vectors: Table | None,
    source_weights: Mapping[str, float],
    topic: Topic,
    now: datetime,
) -> list[Ranked]:
    """The candidates in the order of a digest, best first, for one topic.

    ``scores`` may hold other topics too; a candidate without a score is left out. A story's worth is its score times
    the topic's weight, its best source's weight, its freshness and its corroboration, less where it only promotes.
    What then stands above it from the same source or on the same subject (maximal marginal relevance, Carbonell and
    Goldstein 1998) lowers its value. One place in ten explores.
    """
    by_story = {score.story_id: score for score in scores if score.topic_id == topic.id}
    known = [candidate for candidate in candidates if candidate.story_id in by_story]
    worths = {c.story_id: _worth(c, by_story[c.story_id], source_weights, topic, now) for c in known}
    known.sort(key=lambda candidate: (-worths[candidate.story_id], candidate.story_id))
    likeness = _likeness(known[:COMPARED], vectors)
    sources = {candidate.story_id: _sources(candidate) for candidate in known}
    ranked: list[Ranked] = []
    left = list(range(min(len(known), COMPARED)))
    told: Counter[str] = Counter()  # stories above, by source
    alike = [0.0] * len(left)  # how much each is like the likest above
    while left:
        values = {i: worths[known[i].story_id] * _novelty(sources[known[i].story_id], told, alike[i]) for i in left}
        best = max(left, key=lambda i: (values[i], -i))
        left.remove(best)
        told.update(sources[known[best].story_id])
        if likeness is not None:
            alike = [max(above, like) for above, like in zip(alike, likeness[best].tolist(), strict=True)]
        ranked.append(_ranked(by_story[known[best].story_id], values[best]))
    ranked = _explore(ranked, sources, now)
    floor = ranked[-1].value if ranked else 0.0
    rest = known[COMPARED:]
    return ranked + [_ranked(by_story[c.story_id], min(worths[c.story_id], floor)) for c in rest]


def _ranked(score: Score, value: float) -> Ranked:
    return Ranked(score.story_id, score.topic_id, score.score, round(value, 6), score.reasons)


def _explore(ranked: Sequence[Ranked], sources: Mapping[str, set[str]], now: datetime) -> list[Ranked]:
    """In each ten places one for a story from below: near the threshold, or of a source not seen above.

    So verdicts are asked for where they teach most, and no source stays unseen for good. Which place and which story
    is drawn by topic, story and ISO week: the same week gives the same order.
    """
    order = list(ranked)
    year, week, _ = now.isocalendar()
    for start in range(0, len(order), EXPLORED):
        drawn = int(short_hash(order[start].topic_id, f"{year}-{week}-{start}"), 16)
        at = start + FIRST_EXPLORED + drawn % (EXPLORED - FIRST_EXPLORED)
        seen = set().union(*(sources[one.story_id] for one in order[:at]))
        hidden = [one for one in order[at + DEEP :] if one.score < NEAR or sources[one.story_id].isdisjoint(seen)]
        if hidden:
            one = min(hidden, key=lambda one: short_hash(one.story_id, f"{year}-{week}"))
            order.remove(one)
            value = (order[at - 1].value + order[at].value) / 2
            order.insert(at, replace(one, value=round(value, 6), reasons=(*one.reasons, {"kind": "explore"})))
    return order


def _worth(candidate: Candidate, score: Score, weights: Mapping[str, float], topic: Topic, now: datetime) -> float:
    trust = max(weights.get(item.source_id, 1.0) for item in candidate.texts)
    corroboration = 1 + CORROBORATION * log2(candidate.told_by)
    promotion = PROMOTIONAL if any(reason["kind"] == "promotional" for reason in score.reasons) else 1.0
    freshness = max(_freshness(item, now) for item in candidate.texts)
    return score.score * topic.weight * trust * corroboration * promotion * freshness


def _freshness(item: ItemText, now: datetime) -> float:
    """Between 0 and 1, halved each half-life, by the item's own date, else by when it was first seen."""
    date = item.published_at or item.first_seen_at or now
    days = max((now - date).total_seconds() / 86400, 0.0)
    halvings = days / HALF_LIFE_DAYS.get(item.section, DEFAULT_HALF_LIFE_DAYS)
    return float(0.5**halvings)


def _likeness(candidates: Sequence[Candidate], vectors: Table | None) -> Table | None:
    """How alike the stories' first members are beyond what all of these share, 0 to 1."""
    import numpy as np

    rows = [next((item.row for item in candidate.texts if item.row is not None), None) for candidate in candidates]
    held = [place for place, row in enumerate(rows) if row is not None]
    if vectors is None or len(held) < 3:
        return None
    table = np.zeros((len(rows), len(rows)), dtype=np.float32)
    chosen = vectors[[row for row in rows if row is not None]]
    unit = move_to_centre(chosen, chosen.mean(axis=0))
    table[np.ix_(held, held)] = np.clip(unit @ unit.T, 0, 1)
    return table


def _novelty(sources: Iterable[str], told: Mapping[str, int], alike: float) -> float:
    """What is left of a story's worth below others: told by a source not heard yet, on a subject of its own, all."""
    heard = min((told.get(source, 0) for source in sources), default=0)
    return float(SAME_SOURCE) ** heard * (1 - SAME_SUBJECT * alike)


def _sources(candidate: Candidate) -> set[str]:
    return {item.source_id for item in candidate.texts}
