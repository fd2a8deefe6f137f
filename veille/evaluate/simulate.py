"""A reader who rates what she is shown, with the gold label as her answer. Pure, and without chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

Scores = Sequence[float]  # of one topic, an item a row


def simulate_clicks(
    rank: Callable[[], Mapping[str, Scores]],
    rate: Callable[[str, int, bool], None],
    relevant: Mapping[str, frozenset[int]],
    judged: Mapping[str, frozenset[int]],
    clicks: int,
    threshold: float,
) -> dict[str, dict[int, bool]]:
    """The ratings of each topic (an item's row, whether it is relevant) after so many clicks.

    Each round of clicks sees a new ranking: ``rank`` gives the scores by topic as they are now, ``rate`` is told
    topic, row and answer.
    """
    ratings: dict[str, dict[int, bool]] = {topic_id: {} for topic_id in judged}
    for number in range(1, clicks + 1):
        scores = rank()
        for topic_id, rated in ratings.items():
            row = choose_row(scores[topic_id], judged[topic_id] - rated.keys(), number, threshold)
            if row is not None:
                rated[row] = row in relevant[topic_id]
                rate(topic_id, row, rated[row])
    return ratings


def choose_row(scores: Scores, unrated: Iterable[int], number: int, threshold: float) -> int | None:
    """What the click of this number rates: odd ones the best, even ones what is nearest to the threshold."""
    if number % 2:
        return min(unrated, key=lambda row: (-scores[row], row), default=None)
    return min(unrated, key=lambda row: (abs(scores[row] - threshold), row), default=None)
