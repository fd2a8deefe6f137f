"""What ratings teach is used where it does better, and only there."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from veille.config import Topic
from veille.rank import rank_stories
from veille.rank.background import Background, Neutral
from veille.rank.fitting import fit_background
from veille.rank.learned import AT_LEAST, Taste, fit_tastes, settle_ratings
from veille.rank.reading import Candidate, ItemText
from veille.values import Rating, Score

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TOPIC = Topic(id="ia", name="Intelligence artificielle", description="Tuteurs et évaluation par la machine.")
OTHER = Topic(id="droit", name="Droit de la formation", description="Décrets et financement des formations.")
TOPICS = (TOPIC, OTHER)
DIMENSIONS, ON_TOPIC, LIKED = 24, 0, 2  # an item's numbers: how much of topic 0, of topic 1, of what readers like
TABLE = NDArray[np.float32]


def unit(vectors: TABLE) -> TABLE:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class Collection:
    """Two hundred texts: a quarter on topic 0, and half of these, at random, with what its readers are after.

    Words say nothing here unless ``words`` makes them say what readers like; meaning is what the vectors say.
    """

    def __init__(self, *, words: bool = False) -> None:
        draw = np.random.default_rng(7)
        self.on_topic = np.arange(200) % 4 == 0
        self.liked = self.on_topic & (np.arange(200) % 8 == 0)
        numbers = 0.3 * draw.normal(size=(200, DIMENSIONS))
        numbers[:, ON_TOPIC] += 3.0 * self.on_topic
        if not words:
            numbers[:, LIKED] += np.where(self.liked, 1.0, -0.3)
        self.vectors = unit(numbers)
        told = (
            ["mesure"] * 200 if not words else np.select([self.liked, self.on_topic], ["atelier", "cantine"], "mesure")
        )
        self.items = [
            ItemText(str(row), f"Texte {one} numéro{row}", language="fr", source_id=str(row), row=row)
            for row, one in enumerate(told)
        ]
        self.topic_vectors: TABLE = np.eye(2, DIMENSIONS, dtype=np.float32)
        neutral = Neutral(("Il pleut sur la mer.", "Le train part à midi."), unit(draw.normal(size=(2, DIMENSIONS))))
        self.background: Background = fit_background(self.items, self.vectors, TOPICS, self.topic_vectors, neutral)

    def rate(self, rows: list[int], verdicts: list[bool]) -> list[Rating]:
        return [
            Rating(str(row), str(row), TOPIC.id, "useful" if verdict else "off-topic", NOW)
            for row, verdict in zip(rows, verdicts, strict=True)
        ]

    def fit(self, ratings: list[Rating]) -> dict[str, Taste]:
        rated = {one.item_id: self.items[int(one.item_id)] for one in ratings}
        return fit_tastes(
            ratings, rated, self.items, self.vectors, TOPICS, self.topic_vectors, self.background
        )  # fmt: skip

    def rank(self, tastes: dict[str, Taste] | None = None, topic: str = TOPIC.id) -> TABLE:
        candidates = [Candidate(item.item_id, (item,)) for item in self.items]
        scores = rank_stories(candidates, self.vectors, TOPICS, self.topic_vectors, self.background, tastes)
        return np.array([score.score for score in scores if score.topic_id == topic], dtype=np.float32)


def area_under_curve(scores: TABLE, relevant: NDArray[np.bool_], but: list[int]) -> float:
    left = np.setdiff1d(np.arange(len(scores)), but)
    useful, rest = scores[left][relevant[left]], scores[left][~relevant[left]]
    return float((useful[:, None] > rest).mean())


def some_rows(collection: Collection, count: int) -> list[int]:
    """As many that are liked as are merely on the topic."""
    return [*np.flatnonzero(collection.liked)[: count // 2].tolist(),
            *np.flatnonzero(collection.on_topic & ~collection.liked)[: count // 2].tolist()]  # fmt: skip


@pytest.mark.parametrize("words", [False, True])
def test_a_few_ratings_find_what_readers_are_after(words: bool) -> None:
    """Twenty ratings put more of the unrated stories that they like above the others, whether meaning or words tell."""
    collection = Collection(words=words)
    rows = some_rows(collection, 20)
    tastes = collection.fit(collection.rate(rows, collection.liked[rows].tolist()))
    before = area_under_curve(collection.rank(), collection.liked, rows)
    after = area_under_curve(collection.rank(tastes), collection.liked, rows)
    assert after > before + 0.02


def test_what_is_foretold_already_is_left_alone() -> None:
    """Ratings that agree with the zero-shot score teach nothing, and so change nothing."""
    collection = Collection()
    scores = collection.rank()
    rows = np.argsort(-scores)[[*range(10), *range(100, 110)]].tolist()
    verdicts = (scores[rows] >= np.sort(scores)[-10]).tolist()
    assert collection.fit(collection.rate(rows, verdicts)) == {}


def test_few_ratings_decide_nothing() -> None:
    """Below a handful, or with too few useful ones to foretell one from the others, the zero-shot score stands."""
    collection = Collection()
    rows = some_rows(collection, 8)
    assert collection.fit(collection.rate(rows[: AT_LEAST - 1], [True] * (AT_LEAST - 1))) == {}
    assert collection.fit(collection.rate(rows, [False] * len(rows))) == {}
    assert collection.fit([]) == {}


def test_a_taste_is_for_its_topic_alone() -> None:
    """Ratings for one topic leave the scores of the others as they were."""
    collection = Collection()
    rows = some_rows(collection, 20)
    tastes = collection.fit(collection.rate(rows, collection.liked[rows].tolist()))
    assert list(tastes) == [TOPIC.id]
    assert (collection.rank(tastes, OTHER.id) == collection.rank(topic=OTHER.id)).all()


def test_raters_who_disagree_decide_by_majority() -> None:
    """An even split is no rating at all."""
    collection = Collection()
    rows = some_rows(collection, 20)
    verdicts = collection.liked[rows].tolist()
    ratings = collection.rate(rows, verdicts)
    contrary = collection.rate(rows[:5], [not one for one in verdicts[:5]])
    without = collection.rank(collection.fit(ratings[5:]))
    assert collection.rank(collection.fit([*ratings, *contrary])) == pytest.approx(without, abs=0.15)
    majority = collection.fit([*ratings, *contrary, *ratings[:5]])
    assert (collection.rank(majority) == collection.rank(collection.fit(ratings))).all()


def test_relevance_keeps_its_meaning() -> None:
    """Where half of what is on a topic was found off-topic, no more is relevant than before, and no less than half."""
    collection = Collection(words=True)
    rows = some_rows(collection, 20)
    tastes = collection.fit(collection.rate(rows, collection.liked[rows].tolist()))
    before, after = (float((scores >= 0.5).mean()) for scores in (collection.rank(), collection.rank(tastes)))
    assert before / 2 <= after <= before


def test_a_raised_story_says_why() -> None:
    """Its reasons have that ratings raised it; those of a story that none did have not."""
    collection = Collection(words=True)
    rows = some_rows(collection, 20)
    tastes = collection.fit(collection.rate(rows, collection.liked[rows].tolist()))
    candidates = [Candidate(item.item_id, (item,)) for item in collection.items]
    args = (candidates, collection.vectors, TOPICS, collection.topic_vectors, collection.background)
    rated = [score for score in rank_stories(*args, tastes) if {"kind": "rated"} in score.reasons]
    zero_shot = {score.story_id: score.score for score in rank_stories(*args) if score.topic_id == TOPIC.id}
    assert rated
    assert all(score.topic_id == TOPIC.id and score.score > zero_shot[score.story_id] for score in rated)


def test_what_was_found_off_a_topic_is_not_relevant_to_it() -> None:
    """Whatever is learned, for that topic alone, and unless another item of the story was found useful."""
    collection = Collection(words=True)
    best = [int(row) for row in np.argsort(-collection.rank())[:3]]
    one, other, third = (collection.items[row] for row in best)
    candidates = [Candidate("off", (one,)), Candidate("both", (one, other)), Candidate("unrated", (third,))]
    args = (candidates, collection.vectors, TOPICS, collection.topic_vectors, collection.background)
    verdicts = settle_ratings(collection.rate(best[:2], [False, True]))
    before = {(score.story_id, score.topic_id): score for score in rank_stories(*args)}
    for score in rank_stories(*args, None, verdicts):
        off = (score.story_id, score.topic_id) == ("off", TOPIC.id)
        expected = Score("off", TOPIC.id, 0.0, False, ({"kind": "off-topic"},))
        assert score == (expected if off else before[score.story_id, score.topic_id])
    assert before["off", TOPIC.id].relevant


def test_the_same_ratings_teach_the_same() -> None:
    """Learning is a function of its arguments: no chance is in it."""
    collection = Collection()
    rows = some_rows(collection, 20)
    ratings = collection.rate(rows, collection.liked[rows].tolist())
    one, other = (collection.rank(collection.fit(ratings)) for _ in range(2))
    assert (one == other).all()
