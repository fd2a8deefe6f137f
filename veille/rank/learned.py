"""What ratings teach: a small model a topic, beside the zero-shot score, and used where it does better. Pure.

For each topic a logistic regression (scikit-learn) tells what was rated useful from what was rated off-topic and from
a sample of everything collected, whose texts are weak negatives, the weaker the better they fit the topic. It reads an
item's vector, from the centre of its language, and its words (TF-IDF of stems): what the zero-shot score rests on too.
What it says is *added* to the fused z, which stays as it is, and the sum is put back on the scale of the fused z, so
that `relevant` means what it meant.

How much is added, and whether anything is, cross-validation decides: each rating is foretold by a model that did not
see it, and a taste is used only where the verdicts are then foretold with a lower log loss than by the zero-shot
score, each calibrated alike, so that it is the order that counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING, Any, Literal

from veille.config import Topic
from veille.rank.background import Background
from veille.rank.features import Features, read_features
from veille.rank.reading import ItemText, Reading
from veille.rank.scales import STEEPNESS, THRESHOLD, move_to_centres
from veille.rank.tenor import weigh_words
from veille.values import Rating

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]
    Rows = NDArray[Any]  # row numbers, or a flag or fold for each
    Weights = NDArray[np.float64]

Verdicts = Mapping[str, Mapping[str, bool]]  # by topic id and item id: whether it was found useful

AT_LEAST, USEFUL_AT_LEAST = 4, 2  # ratings of a topic, before anything can be cross-validated
FOLDS = 10  # at most; half as many from `MANY` ratings on
MANY = 100
UNRATED = 400  # texts of the sample that stand for everything else
UNRATED_WEIGHT = 2.0  # of all of them together, for each rating
VECTOR_WEIGHT, WORD_WEIGHT = 2.0, 4.0  # of the two unit vectors, against the penalty of the regression
WORDS = 2_000  # stems that a taste may know
STRENGTHS = (0.25, 0.5, 1.0)  # of what is learned, in spreads of the fused z
CALIBRATION = 30.0  # inverse of the penalty on the slope that makes probabilities of scores


@dataclass(frozen=True, slots=True)
class Taste:
    """What was learned for a topic: ``share * fused + vector·x + words·w + shift`` takes the place of the fused z."""

    topic_id: str
    share: float  # of the zero-shot score
    vector: Table  # shape (dimensions,), for the item's unit vector from the centre; empty without vectors
    words: Mapping[str, tuple[float, float]]  # stem to its inverse document frequency and its weight
    shift: float  # fused z


def apply_tastes(
    features: Features,
    items: Sequence[ItemText],
    vectors: Table | None,
    background: Background,
    tastes: Mapping[str, Taste],
) -> Features:
    """The features with the fused z of the topics that have a taste, by topic id, as it was learned."""
    columns = [(column, tastes[topic.id]) for column, topic in enumerate(features.topics) if topic.id in tastes]
    if not columns:
        return features
    fused = features.fused.copy()
    placed = _place_vectors(items, features.readings, vectors, background)
    documents = [reading.stems for reading in features.readings]
    for column, taste in columns:
        idf = {stem: one for stem, (one, _) in taste.words.items()}
        said = weigh_words(documents, idf) @ _column([weight for _, weight in taste.words.values()])
        if len(taste.vector) == placed.shape[1]:
            said = said + placed @ taste.vector
        fused[:, column] = taste.share * fused[:, column] + said + taste.shift
    return replace(features, fused=fused, learned=fused - features.fused)


def fit_tastes(
    ratings: Sequence[Rating],
    rated: Mapping[str, ItemText],
    sample: Sequence[ItemText],
    vectors: Table | None,
    topics: Sequence[Topic],
    topic_vectors: Table | None,
    background: Background,
) -> dict[str, Taste]:
    """A taste for each topic whose ratings are foretold better with it than without, by topic id.

    ``rated`` has the rated items by id, ``sample`` texts of everything collected; their ``row`` points into
    ``vectors``. Ratings of other items are left out; where raters disagree the majority counts, a tie does not.
    """
    verdicts = settle_ratings([one for one in ratings if one.item_id in rated])
    asked = [place for place, topic in enumerate(topics) if _is_enough(verdicts.get(topic.id, {}).values())]
    if not asked:
        return {}
    others = [item for item in sample[:: max(len(sample) // UNRATED, 1)] if item.item_id not in rated]
    items = [*rated.values(), *others]
    few = topic_vectors[asked] if topic_vectors is not None else None
    features = read_features(items, vectors, [topics[place] for place in asked], few, background)
    placed = _place_vectors(items, features.readings, vectors, background)
    row_of = {item_id: row for row, item_id in enumerate(rated)}
    tastes = {}
    for column, topic in enumerate(features.topics):
        useful = {row_of[item_id]: verdict for item_id, verdict in verdicts[topic.id].items()}
        taste = _fit_taste(topic.id, useful, features.fused[:, column], placed, features.readings)
        if taste is not None:
            tastes[topic.id] = taste
    return tastes


def settle_ratings(ratings: Iterable[Rating], of: Literal["item_id", "story_id"] = "item_id") -> Verdicts:
    """Whether each item, or story, was found useful for each topic: what most said; where they are even, nothing.

    In the order of first rating.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for one in ratings:
        votes[one.topic_id][getattr(one, of)] += 1 if one.verdict == "useful" else -1
    return {
        topic_id: {rated: balance > 0 for rated, balance in balances.items() if balance}
        for topic_id, balances in votes.items()
    }


def _is_enough(verdicts: Collection[bool]) -> bool:
    return len(verdicts) >= AT_LEAST and sum(verdicts) >= USEFUL_AT_LEAST


def _fit_taste(
    topic_id: str, useful: Mapping[int, bool], fused: Table, placed: Table, readings: Sequence[Reading]
) -> Taste | None:
    """The taste of a topic, from which rows were found useful; None where it foretells them no better."""
    import numpy as np

    rows, verdicts = np.array(list(useful)), np.array(list(useful.values()))
    unrated = np.setdiff1d(np.arange(len(fused)), rows)
    if not len(unrated):
        return None
    idf = _find_idf(readings, list(useful))
    spoken = weigh_words([reading.stems for reading in readings], idf)
    evidence = np.hstack([VECTOR_WEIGHT * placed, WORD_WEIGHT * spoken])
    weights = _learn(evidence, fused, rows, verdicts, unrated)
    strength = _find_strength(evidence, fused, rows, verdicts, unrated, weights)
    if strength is None:
        return None
    share, shift = _find_share(fused, evidence @ weights, strength, unrated)
    weights *= share * strength
    vector = (VECTOR_WEIGHT * weights[: placed.shape[1]]).astype(np.float32)
    said = (WORD_WEIGHT * weights[placed.shape[1] :]).tolist()
    words = {stem: (one, weight) for (stem, one), weight in zip(idf.items(), said, strict=True)}
    return Taste(topic_id, share, vector, words, shift)


def _learn(evidence: Table, fused: Table, rows: Rows, verdicts: Rows, unrated: Rows) -> Weights:
    """Weights of the evidence that tell the useful from the rest, with the spread of the fused z over the unrated."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    if not verdicts.any():
        return np.zeros(evidence.shape[1])
    doubt = 1 / (1 + np.exp(STEEPNESS * (fused[unrated].astype(np.float64) - THRESHOLD)))
    weight = UNRATED_WEIGHT * len(rows) * doubt / max(doubt.sum(), 1e-9)
    model = LogisticRegression(max_iter=200, tol=1e-3).fit(
        evidence[np.r_[rows, unrated]],
        np.r_[verdicts, np.zeros(len(unrated), dtype=bool)],
        sample_weight=np.r_[np.ones(len(rows)), weight],
    )
    weights: Weights = model.coef_[0].astype(np.float64)
    scale = _spread(fused[unrated]) / (float((evidence[unrated] @ weights).std()) + 1e-9)
    return scale * weights


def _find_strength(
    evidence: Table, fused: Table, rows: Rows, verdicts: Rows, unrated: Rows, weights: Weights
) -> float | None:
    """How much of what is learned does best where it is foretold; None where the fused z alone does as well."""
    import numpy as np

    if min(fused[rows][verdicts]) > max(fused[rows][~verdicts], default=np.inf):
        return None  # it makes no mistake that could be corrected
    folds = _deal(verdicts)
    held = [
        _learn(evidence, fused, rows[folds != one], verdicts[folds != one], unrated) for one in range(max(folds) + 1)
    ]
    worths = {}
    for strength in STRENGTHS:
        foretold = np.empty(len(rows))
        for fold, weights_without in enumerate(held):
            blended = _blend(fused, evidence @ weights_without, strength, unrated)
            foretold[folds == fold] = blended[rows[folds == fold]]
        known = _blend(fused, evidence @ weights, strength, unrated)
        worths[strength] = _find_worth(foretold, verdicts, known[unrated])
    best = max(STRENGTHS, key=lambda strength: worths[strength])
    return best if worths[best] > _find_worth(fused[rows], verdicts, fused[unrated]) else None


def _deal(verdicts: Rows) -> Rows:
    """The fold of each rating: both verdicts are dealt out in turn."""
    import numpy as np

    folds = np.empty(len(verdicts), dtype=np.int64)
    count = min(FOLDS if len(verdicts) < MANY else FOLDS // 2, len(verdicts))
    folds[np.argsort(verdicts, kind="stable")] = np.arange(len(verdicts)) % count
    return folds


def _find_share(fused: Table, said: Weights, strength: float, unrated: Rows) -> tuple[float, float]:
    """What puts ``fused + strength * said`` back on the scale that the unrated texts have in ``fused``: a factor and
    a constant."""
    total = (fused + strength * said)[unrated]
    share = min(_spread(fused[unrated]) / (float(total.std()) + 1e-9), 1.0)
    return share, float(fused[unrated].mean() - share * total.mean())


def _spread(fused: Table) -> float:
    """The standard deviation of fused z; where texts hardly differ in it, as much as z usually has."""
    return max(float(fused.std()), 1.0)


def _blend(fused: Table, said: Weights, strength: float, unrated: Rows) -> Weights:
    share, shift = _find_share(fused, said, strength, unrated)
    blended: Weights = share * (fused + strength * said) + shift
    return blended


def _find_worth(scores: Rows, verdicts: Rows, unrated: Rows) -> float:
    """How well scores foretell the verdicts: minus their log loss, as probabilities once calibrated (Platt 1999).

    Where nothing was off-topic, how often a useful story stands above an unrated one.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    if verdicts.all():
        return float((scores[:, None] > unrated).mean())
    placed = (scores[:, None] - THRESHOLD) * STEEPNESS
    model = LogisticRegression(C=CALIBRATION).fit(placed, verdicts)
    odds = max(model.coef_[0, 0], 0.0) * placed[:, 0] + model.intercept_[0]
    return -float(np.logaddexp(0, np.where(verdicts, -odds, odds)).mean())


def _place_vectors(
    items: Sequence[ItemText], readings: Sequence[Reading], vectors: Table | None, background: Background
) -> Table:
    """The items' unit vectors from the centre of their language, a row each: zeros, the centre itself, without one."""
    import numpy as np

    held = [(place, item.row) for place, item in enumerate(items) if item.row is not None]
    if vectors is None or not held or not background.centres:
        return np.zeros((len(items), 0), dtype=np.float32)
    placed = np.zeros((len(items), vectors.shape[1]), dtype=np.float32)
    spoken = [readings[place].language for place, _ in held]
    placed[[place for place, _ in held]] = move_to_centres(
        vectors[[row for _, row in held]], spoken, background.centres
    )
    return placed


def _find_idf(readings: Sequence[Reading], rows: Sequence[int]) -> dict[str, float]:
    """The inverse document frequency of stems of the rated texts: of the commonest there that not half of all have."""
    everywhere = Counter(stem for reading in readings for stem in set(reading.stems))
    spoken = Counter(stem for row in rows for stem in set(readings[row].stems))
    telling = [stem for stem in spoken if 2 <= everywhere[stem] <= len(readings) / 2]
    telling.sort(key=lambda stem: (-spoken[stem], stem))
    return {stem: log((1 + len(readings)) / (1 + everywhere[stem])) + 1 for stem in telling[:WORDS]}


def _column(values: Sequence[float]) -> Table:
    import numpy as np

    return np.array(values, dtype=np.float32)
