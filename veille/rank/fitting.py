"""The background found: scales, weights of words, echoes and priors, from a sample of what was collected. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from veille.config import Topic
from veille.rank.background import Background, Neutral, Usual, dump_query, parse_query
from veille.rank.company import Company
from veille.rank.fusing import ECHO_WEIGHT, WORDS_WEIGHT, find_priors, fuse, weigh_keywords
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
from veille.rank.tenor import fit_tenor
from veille.rank.words import Frequencies, Query, add_pairs, build_terms, count_documents, find_terms, rank_bm25

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

ECHO_ROUNDS = 2  # what is heard in the first one makes the second one surer
NEUTRAL_AT_LEAST = 60  # items that the neutral sentences weigh together ...
NEUTRAL_SHARE = 0.25  # ... or this share of the sample, so that a collection on one subject does not become the norm
COLLECTED_SHARE = 0.3  # of the centre; the rest is the neutral sentences'
SHARED_BY_TOPICS = 0.85  # of what T topics share is taken out of each, times T / (T + 1): of two it is less sure
FEW = 20  # as many items of a language count half in its centre


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
    import numpy as np

    items = [*texts, *(ItemText("", line) for line in neutral.texts)]
    held_by = max(NEUTRAL_AT_LEAST, NEUTRAL_SHARE * len(texts))
    weights = _sample_weights(len(texts), len(neutral.texts), held_by)
    readings = [read_text(item) for item in items]
    asked = [topic_query(topic, translated=topic_vectors is not None) for topic in topics]
    documents = add_pairs([reading.stems for reading in readings], asked)
    frequencies = count_documents(documents)
    sample = _Sample(len(texts), readings, documents, frequencies, weights)
    matrix, where = _stack_vectors(texts, vectors, neutral)
    if topic_vectors is None or not where or not topics:
        fit = _fit_words(sample, asked)
    else:
        fit = _fit_all(sample, asked, matrix, where, topic_vectors)
    named = find_named(documents, [parse_name(topic, topic_vectors is not None) for topic in topics])
    naming = find_name_shares(named, weights)
    found = _find_keywords(readings, topics)
    shares = _keyword_shares(found, weights, topics)
    keywords = weigh_keywords(found, topics, shares, weigh_named(named, naming))
    # Without the neutral sentences: beside them, all that is collected on one subject would lean to it alike.
    fused = fuse(fit.meaning, fit.words, fit.echo, keywords)[: len(texts)]
    priors = find_priors(fused)
    taught = [row for row in where if row < len(texts)] if fit.centres else []
    got = fused[taught] + np.array(priors, dtype=np.float32)
    wanted = {stem for one in fit.usual for key in parse_query(one.asked) for stem in key}
    wanted |= {stem for one in fit.usual for stem in one.echo_words}
    return Background(
        documents=frequencies.documents,
        average_length=round(frequencies.average_length, 3),
        counts={stem: frequencies.counts[stem] for stem in sorted(wanted) if stem in frequencies.counts},
        shares=shares,
        topics={
            topic.id: replace(one, named=share, prior=prior)
            for topic, one, share, prior in zip(topics, fit.usual, naming, priors, strict=True)
        },
        centres=fit.centres,
        topic_centre=fit.topic_centre,
        tenor=fit_tenor([readings[row].stems for row in taught], got, [topic.id for topic in topics]),
    )


@dataclass(frozen=True, slots=True)
class _Sample:
    """The texts that the background is fitted to: those ``collected`` first, then the neutral sentences."""

    collected: int
    readings: Sequence[Reading]
    documents: Sequence[list[str]]
    frequencies: Frequencies
    weights: Table


@dataclass(frozen=True, slots=True)
class _Fit:
    """What is usual for each topic, and the z of the sample's texts (rows) for the topics (columns) that this gives."""

    usual: list[Usual]
    meaning: Table  # NaN where a text has no vector
    words: Table
    echo: Table
    centres: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    topic_centre: tuple[float, ...] = ()


def _fit_words(sample: _Sample, asked: Sequence[Query]) -> _Fit:
    """Where there are no vectors: words alone."""
    import numpy as np

    bm25 = rank_bm25(asked, sample.documents, sample.frequencies)
    usual = [
        Usual(find_mean_scale(column, sample.weights), dump_query(query))
        for column, query in zip(bm25.T, asked, strict=True)
    ]
    words = find_word_z(bm25, [one.words for one in usual])
    return _Fit(usual, np.full_like(words, np.nan), words, np.zeros_like(words))


def _fit_all(
    sample: _Sample, asked: Sequence[Query], matrix: Table, where: Sequence[int], topic_vectors: Table
) -> _Fit:
    """Meaning, words and echo. ``matrix`` has the vectors that there are, of the texts at ``where``."""
    groups = [_Group(code, sample.collected, sample.readings, where) for code in LANGUAGES]
    centres = {group.language: group.find_centre(matrix) for group in groups}
    topic_centre = _find_topic_centre(topic_vectors, centres[""])
    spoken = [sample.readings[row].language for row in where]
    cosines = move_to_centres(matrix, spoken, centres) @ move_to_centre(topic_vectors, topic_centre).T
    spoken_by = {group.language: len(group.sample) for group in groups if group.language}
    scales = [
        share_spread({group.language: group.find_scale(column) for group in groups}, spoken_by) for column in cosines.T
    ]
    meant = find_z(cosines, spoken, scales)
    # Many neutral sentences would make every scholarly word an echo of every scholarly topic.
    lighter = _sample_weights(sample.collected, len(sample.readings) - sample.collected, NEUTRAL_AT_LEAST)[where]
    company = Company([sample.documents[row] for row in where], lighter)
    fit = _fit_words(sample, company.find_trusted(asked, meant))
    meaning = fit.meaning.copy()
    meaning[where] = meant
    echoes, heard, echo = _fit_echo(sample, company, where, meant + WORDS_WEIGHT * fit.words[where], spoken_by)
    usual = [
        replace(one, meaning=scale, echo=echoed, echo_words=words)
        for one, scale, echoed, words in zip(fit.usual, scales, heard, echoes, strict=True)
    ]
    return replace(fit, usual=usual, meaning=meaning, echo=echo, centres=centres, topic_centre=topic_centre)


def _fit_echo(
    sample: _Sample, company: Company, where: Sequence[int], said: Table, spoken_by: Mapping[str, int]
) -> tuple[list[dict[str, float]], list[dict[str, Scale]], Table]:
    """The echo words of each topic, their scales by language, and the z of each text of the sample.

    ``said`` is the z of meaning and words of the texts at ``where``.
    """
    languages = [reading.language for reading in sample.readings]
    rows_of = {code: [row for row, one in enumerate(languages) if one == code] for code in LANGUAGES}
    fused = said
    for _ in range(ECHO_ROUNDS):
        echoes = company.find_echoes(fused)
        echoed = rank_bm25([parse_query(echo) for echo in echoes], sample.documents, sample.frequencies)
        heard = [share_spread(_echo_scales(column, rows_of, sample.weights), spoken_by) for column in echoed.T]
        echo: Table = find_z(echoed, languages, heard).clip(None, MOST_Z)
        fused = said + ECHO_WEIGHT * echo[where]
    return echoes, heard, echo


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


def _find_keywords(readings: Sequence[Reading], topics: Sequence[Topic]) -> list[set[str]]:
    index = build_terms(term for topic in topics for term in topic.keywords)
    return [find_terms(index, reading.text, reading.words) for reading in readings]


def _keyword_shares(found: Sequence[set[str]], weights: Table, topics: Sequence[Topic]) -> dict[str, float]:
    shares = dict.fromkeys((term for topic in topics for term in topic.keywords), 0.0)
    for terms, weight in zip(found, weights.tolist(), strict=True):
        for term in terms:
            shares[term] += weight
    total = float(weights.sum()) or 1.0
    return {term: round(mass / total, 5) for term, mass in shares.items()}
