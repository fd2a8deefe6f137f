"""What is usual: what the collection, held by neutral sentences, gets for each topic. Pure.

Every score is a distance from it (`veille.rank`), so it means the same for every topic and every embedding model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from veille.config import Topic
from veille.rank.company import Company
from veille.rank.naming import find_name_shares, find_named, parse_name, weigh_named
from veille.rank.reading import LANGUAGES, ItemText, Reading, read_text, topic_query
from veille.rank.scales import (
    MOST_Z,
    Scale,
    find_mean_scale,
    find_word_z,
    find_z,
    move_to_centre,
    move_to_centres,
    share_spread,
)
from veille.rank.tenor import Tenor, fit_tenor
from veille.rank.words import Query, add_pairs, build_terms, count_documents, find_terms, rank_bm25

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

WORDS_WEIGHT = 1.0
ECHO_WEIGHT = 1.5
ECHO_ROUNDS = 2  # what is heard in the first one makes the second one surer
NEUTRAL_AT_LEAST = 60  # items that the neutral sentences weigh together ...
NEUTRAL_SHARE = 0.25  # ... or this share of the sample, so that a collection on one subject does not become the norm
COLLECTED_SHARE = 0.3  # of the centre; the rest is the neutral sentences'
SHARED_BY_TOPICS = 0.85  # of what T topics share is taken out of each, times T / (T + 1): of two it is less sure
FEW = 20  # as many items of a language count half in its centre


@dataclass(frozen=True, slots=True)
class Neutral:
    """Sentences about anything else (`parse_neutral`), and their vectors from the model in use, a row each."""

    texts: tuple[str, ...]
    vectors: Table | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one topic."""

    words: Scale
    asked: Mapping[str, float] = field(default_factory=dict)  # what its words are worth here, see `parse_query`
    meaning: Mapping[str, Scale] = field(default_factory=dict)  # by language, as in `LANGUAGES`
    echo: Mapping[str, Scale] = field(default_factory=dict)
    echo_words: Mapping[str, float] = field(default_factory=dict)  # stems with their weight
    named: float = 0.0  # the share of the collection that says its name


@dataclass(frozen=True, slots=True)
class Background:
    """What is usual in the collection: all that scoring needs to know of it."""

    documents: int
    average_length: float
    counts: Mapping[str, int]  # document frequencies of the stems that the topics ask for
    shares: Mapping[str, float]  # of the collection that has this keyword
    topics: Mapping[str, Usual]
    centres: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # by language
    topic_centre: tuple[float, ...] = ()
    tenor: Tenor = field(default_factory=Tenor)


def parse_neutral(text: str) -> tuple[str, ...]:
    """The sentences of ``background.txt``: its lines but comments and empty ones."""
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def fit_background(
    texts: Sequence[ItemText],
    vectors: Table | None,
    topics: Sequence[Topic],
    topic_vectors: Table | None,
    neutral: Neutral,
) -> Background:
    """What is usual for each topic, over a sample of what was collected (some thousand items do) and the neutral texts.

    ``vectors`` has unit rows (``ItemText.row`` points into it), ``topic_vectors`` a unit row a topic, in their order.
    The sample may be small, empty or all on one subject: the neutral sentences hold the scale.
    """
    items = [*texts, *(ItemText("", line) for line in neutral.texts)]
    held_by = max(NEUTRAL_AT_LEAST, NEUTRAL_SHARE * len(texts))
    weights = _sample_weights(len(texts), len(neutral.texts), held_by)
    readings = [read_text(item) for item in items]
    asked = [topic_query(topic, translated=topic_vectors is not None) for topic in topics]
    documents = add_pairs([reading.stems for reading in readings], asked)
    frequencies = count_documents(documents)
    named = find_named(documents, [parse_name(topic, topic_vectors is not None) for topic in topics])
    naming = find_name_shares(named, weights)
    centres: dict[str, tuple[float, ...]] = {}
    topic_centre: tuple[float, ...] = ()
    tenor = Tenor()
    matrix, where = _stack_vectors(texts, vectors, neutral)
    if topic_vectors is None or not where or not topics:
        bm25 = rank_bm25(asked, documents, frequencies)
        usual = [
            Usual(find_mean_scale(column, weights), _dump(query)) for column, query in zip(bm25.T, asked, strict=True)
        ]
    else:
        groups = [_Group(code, len(texts), readings, where) for code in LANGUAGES]
        centres = {group.language: group.find_centre(matrix) for group in groups}
        topic_centre = _find_topic_centre(topic_vectors, centres[""])
        spoken = [readings[row].language for row in where]
        cosines = move_to_centres(matrix, spoken, centres) @ move_to_centre(topic_vectors, topic_centre).T
        spoken_by = {group.language: len(group.sample) for group in groups if group.language}
        scales = [
            share_spread({group.language: group.find_scale(column) for group in groups}, spoken_by)
            for column in cosines.T
        ]
        meaning = find_z(cosines, spoken, scales)
        # Many neutral sentences would make every scholarly word an echo of every scholarly topic.
        lighter = _sample_weights(len(texts), len(neutral.texts), NEUTRAL_AT_LEAST)[where]
        company = Company([documents[row] for row in where], lighter)
        asked = company.find_trusted(asked, meaning)
        bm25 = rank_bm25(asked, documents, frequencies)
        usual = [
            Usual(find_mean_scale(column, weights), _dump(query)) for column, query in zip(bm25.T, asked, strict=True)
        ]
        fused = spoken_for = meaning + WORDS_WEIGHT * find_word_z(bm25[where], [one.words for one in usual])
        languages = [reading.language for reading in readings]
        rows_of = {code: [row for row, one in enumerate(languages) if one == code] for code in LANGUAGES}
        for _ in range(ECHO_ROUNDS):
            echoes = company.find_echoes(fused)
            echoed = rank_bm25([parse_query(echo) for echo in echoes], documents, frequencies)
            heard = [share_spread(_echo_scales(column, rows_of, weights), spoken_by) for column in echoed.T]
            fused = spoken_for + ECHO_WEIGHT * find_z(echoed, languages, heard)[where].clip(None, MOST_Z)
        usual = [
            replace(one, meaning=scale, echo=echo, echo_words=words)
            for one, scale, echo, words in zip(usual, scales, heard, echoes, strict=True)
        ]
        # Without the neutral sentences: beside them, all that is collected on one subject would lean to it alike.
        taught = [row for row in where if row < len(texts)]
        got = fused[: len(taught)] + weigh_named(named[taught], naming)
        tenor = fit_tenor([readings[row].stems for row in taught], got, [topic.id for topic in topics])
    wanted = {stem for query in asked for key in query for stem in key}
    wanted |= {stem for one in usual for stem in one.echo_words}
    return Background(
        documents=frequencies.documents,
        average_length=round(frequencies.average_length, 3),
        counts={stem: frequencies.counts[stem] for stem in sorted(wanted) if stem in frequencies.counts},
        shares=_keyword_shares(readings, weights, topics),
        topics={topic.id: replace(one, named=share) for topic, one, share in zip(topics, usual, naming, strict=True)},
        centres=centres,
        topic_centre=topic_centre,
        tenor=tenor,
    )


def _sample_weights(collected: int, neutral: int, held_by: float) -> Table:
    """One for each item of the sample; the neutral sentences share ``held_by``."""
    import numpy as np

    return np.array([1.0] * collected + [held_by / max(neutral, 1)] * neutral, dtype=np.float32)


class _Group:
    """The texts of one language (of all, for ``""``) that have a vector: those of the sample, and the neutral ones."""

    def __init__(self, language: str, collected: int, readings: Sequence[Reading], where: Sequence[int]) -> None:
        chosen = [i for i, row in enumerate(where) if language in ("", readings[row].language)]
        self.language = language
        self.sample = [i for i in chosen if where[i] < collected]
        self.neutral = [i for i in chosen if where[i] >= collected]

    def find_centre(self, matrix: Table) -> tuple[float, ...]:
        """The direction that all of these texts share."""
        share = COLLECTED_SHARE * len(self.sample) / (len(self.sample) + FEW)
        return tuple(round(float(x), 6) for x in self._mix(matrix, share, _mean))

    def find_scale(self, values: Table) -> Scale:
        """Where the values of unrelated texts lie: a robust middle and spread, each group's held by the neutral one's.

        The spread is within the groups, so a collection far from everyday subjects does not widen it.
        """
        held_by = max(NEUTRAL_AT_LEAST, NEUTRAL_SHARE * len(self.sample))
        share = len(self.sample) / (len(self.sample) + held_by)
        middle = float(self._mix(values, share, _middle))
        return Scale(round(middle, 6), round(max(float(self._mix(values, share, _deviation)), 1e-3), 6))

    def _mix(self, values: Table, share: float, statistic: Callable[[Table], Any]) -> Any:
        if not self.sample or not self.neutral:
            rows = self.sample or self.neutral
            return statistic(values[rows] if rows else values)
        return share * statistic(values[self.sample]) + (1 - share) * statistic(values[self.neutral])


def _mean(values: Table) -> Any:
    return values.mean(axis=0)


def _middle(values: Table) -> Any:
    import numpy as np

    return np.median(values)


def _deviation(values: Table) -> Any:
    """The median absolute deviation, times 1.4826: the standard deviation where the distribution is normal."""
    import numpy as np

    return 1.4826 * np.median(np.abs(values - np.median(values)))


def _stack_vectors(texts: Sequence[ItemText], vectors: Table | None, neutral: Neutral) -> tuple[Table, list[int]]:
    """The vectors there are, sample first, and the position of each among sample and neutral sentences."""
    import numpy as np

    held = [(place, item.row) for place, item in enumerate(texts) if item.row is not None and vectors is not None]
    parts = [vectors[[row for _, row in held]]] if vectors is not None and held else []
    where = [place for place, _ in held]
    if neutral.vectors is not None:
        parts.append(neutral.vectors)
        where += range(len(texts), len(texts) + len(neutral.vectors))
    return (np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)), where


def _find_topic_centre(topic_vectors: Table, centre: Sequence[float]) -> tuple[float, ...]:
    """The texts' direction, and part of what the topics share on top of it, which tells none of them from another."""
    import numpy as np

    share = SHARED_BY_TOPICS * len(topic_vectors) / (len(topic_vectors) + 1)
    mixed = share * topic_vectors.mean(axis=0) + (1 - share) * np.asarray(centre, dtype=np.float32)
    return tuple(round(float(x), 6) for x in mixed)


def _echo_scales(values: Table, spoken: Mapping[str, Sequence[int]], weights: Table) -> dict[str, Scale]:
    """By language, of which ``spoken`` has the rows."""
    scales = {"": find_mean_scale(values, weights)}
    for code in LANGUAGES[1:]:
        rows = spoken[code]
        scales[code] = find_mean_scale(values[rows], weights[rows]) if len(rows) else scales[""]
    return scales


def parse_query(weights: Mapping[str, float]) -> Query:
    """A query from its plain form, in which a word's variants are one string."""
    return {tuple(key.split("|")): weight for key, weight in weights.items()}


def _dump(query: Query) -> dict[str, float]:
    return {"|".join(key): round(weight, 4) for key, weight in query.items()}


def _keyword_shares(readings: Sequence[Reading], weights: Table, topics: Sequence[Topic]) -> dict[str, float]:
    shares = dict.fromkeys((term for topic in topics for term in topic.keywords), 0.0)
    index = build_terms(shares)
    for reading, weight in zip(readings, weights.tolist(), strict=True):
        for term in find_terms(index, reading.text, reading.words):
            shares[term] += weight
    total = float(weights.sum()) or 1.0
    return {term: round(mass / total, 5) for term, mass in shares.items()}
