"""What matters for which topic: meaning and words, on one scale for all topics.

Three kinds of evidence are read for an item and a topic:

* *meaning*: the cosine of both vectors once the direction that all texts share is taken out ("all but the top", Mu and
  Viswanath 2018, reduced to the mean) and, in part, what the topics have in common;
* *words*: BM25 of the topic's name, keywords and description. It only ever adds, because a French topic finds no words
  in an English text that is about it;
* *echo*: BM25 of the words that keep company with the topic: those whose texts lie above the usual for it, by Student's
  t over everything collected. It carries a topic's words into the other language, a form of relevance feedback.

Each is a z-score against a `Background`: what the collection, held by neutral sentences, usually gets for that topic.
So the fused z, and the logistic of it, mean the same for every topic and every embedding model. A keyword adds to it
the more the rarer it is, and a story is worth what its best member is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import log, log2
from typing import TYPE_CHECKING, Any

from veille.config import Topic
from veille.values import Score
from veille.words import (
    Frequencies,
    Query,
    build_query,
    build_terms,
    count_documents,
    find_terms,
    guess_language,
    inverse_frequency,
    rank_bm25,
    split_as_written,
    split_words,
    stem,
    stem_words,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

RELEVANT_AT = 0.5  # the one rule for `relevant`: at least this score
THRESHOLD = 5.0  # the fused z that scores .5
STEEPNESS = 0.6  # of the logistic, per unit of fused z: gentle, so that the best stay apart
WORDS_WEIGHT = 0.5
ECHO_WEIGHT = 1.0
MOST_Z = 6.0  # of words and echo each: beyond it they say no more
MOST_KEYWORD = 2.5  # fused z that keywords add at most
NEUTRAL_AT_LEAST = 60  # items that the neutral sentences weigh together ...
NEUTRAL_SHARE = 0.25  # ... or this share of the sample, so that a collection on one subject does not become the norm
COLLECTED_SHARE = 0.3  # of the centre; the rest is the neutral sentences'
SHARED_BY_TOPICS = 20  # a topics' mean takes part in their centre as T / (T + this)
ECHO_WORDS = 40  # a topic
ECHO_IN_AT_LEAST = 3  # texts
FEW = 20  # as many items of a language count half in its centre
LANGUAGES = ("", "fr", "en")  # that have a scale of their own; "" stands for all texts
READ_CHARACTERS = 1000  # of a summary, for its words
REASONED_FROM = 0.3  # lower scores are nobody's business and carry no reasons


@dataclass(frozen=True, slots=True)
class ItemText:
    """What ranking sees of an item. ``row`` is its row in the matrix of vectors, None without a vector."""

    item_id: str
    title: str
    summary: str = ""
    language: str | None = None
    source_id: str = ""
    section: str = "press"
    published_at: datetime | None = None
    first_seen_at: datetime | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story as ranking sees it: the texts of its members, at least one."""

    story_id: str
    texts: tuple[ItemText, ...]


@dataclass(frozen=True, slots=True)
class Neutral:
    """Sentences about anything else (`parse_neutral`), and their vectors from the model in use, a row each."""

    texts: tuple[str, ...]
    vectors: Table | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values usually lie and how far they spread."""

    middle: float = 0.0
    spread: float = 1.0


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one topic."""

    words: Scale
    meaning: Mapping[str, Scale] = field(default_factory=dict)  # by language, as in `LANGUAGES`
    echo: Mapping[str, Scale] = field(default_factory=dict)
    echo_words: Mapping[str, float] = field(default_factory=dict)  # stems with their weight


@dataclass(frozen=True, slots=True)
class Background:
    """What is usual in the collection. A small value: `dump_background` and `parse_background` carry it over."""

    documents: int
    average_length: float
    counts: Mapping[str, int]  # document frequencies of the stems that the topics ask for
    shares: Mapping[str, float]  # of the collection that has this keyword
    topics: Mapping[str, Usual]
    centres: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # by language
    topic_centre: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story's place in a topic of a digest. ``value`` orders, ``reasons`` are the score's and those of the order."""

    story_id: str
    topic_id: str
    score: float
    value: float
    reasons: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """An item's text, its folded words in order and their stems."""

    text: str
    words: list[str]
    stems: list[str]
    language: str  # fr or en, else empty


def parse_neutral(text: str) -> tuple[str, ...]:
    """The sentences of ``background.txt``: its lines but comments and empty ones."""
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def topic_text(topic: Topic) -> str:
    """What is embedded, as a query, for a topic: its name, description and keywords."""
    parts = (topic.name, topic.description, ", ".join(topic.keywords))
    return ". ".join(dict.fromkeys(part for part in parts if part))


def topic_query(topic: Topic) -> Query:
    """The words of a topic: those of its name and keywords count in full, its description's half."""
    return build_query((topic.name, 1.0), *((term, 1.0) for term in topic.keywords), (topic.description, 0.5))


# --- What is usual


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
    readings = [_read(item) for item in items]
    documents = [reading.stems for reading in readings]
    frequencies = count_documents(documents)
    queries = [topic_query(topic) for topic in topics]
    bm25 = rank_bm25(queries, documents, frequencies)
    usual = [Usual(_mean_scale(column, weights)) for column in bm25.T]
    centres: dict[str, tuple[float, ...]] = {}
    topic_centre: tuple[float, ...] = ()
    matrix, where = _stack_vectors(texts, vectors, neutral)
    if topic_vectors is not None and where and topics:
        groups = [_Group(code, len(texts), readings, where) for code in LANGUAGES]
        centres = {group.language: group.find_centre(matrix) for group in groups}
        topic_centre = _find_topic_centre(topic_vectors, centres[""])
        spoken = [readings[row].language for row in where]
        cosines = _away_from(matrix, spoken, centres) @ _centred(topic_vectors, topic_centre).T
        meaning = [{group.language: group.find_scale(column) for group in groups} for column in cosines.T]
        fused = _zs(cosines, spoken, meaning) + WORDS_WEIGHT * _spoken(bm25[where], [one.words for one in usual])
        # Many neutral sentences would make every scholarly word an echo of every scholarly topic.
        lighter = _sample_weights(len(texts), len(neutral.texts), NEUTRAL_AT_LEAST)
        echoes = _find_echoes([documents[row] for row in where], fused, lighter[where])
        echoed = rank_bm25([_echo_query(echo) for echo in echoes], documents, frequencies)
        usual = [
            Usual(one.words, scales, _echo_scales(column, readings, weights), echo)
            for one, scales, column, echo in zip(usual, meaning, echoed.T, echoes, strict=True)
        ]
    wanted = {stem for query in queries for key in query for stem in key}
    wanted |= {stem for one in usual for stem in one.echo_words}
    return Background(
        documents=frequencies.documents,
        average_length=round(frequencies.average_length, 3),
        counts={stem: frequencies.counts[stem] for stem in sorted(wanted) if stem in frequencies.counts},
        shares=_keyword_shares(readings, weights, topics),
        topics={topic.id: one for topic, one in zip(topics, usual, strict=True)},
        centres=centres,
        topic_centre=topic_centre,
    )


def _sample_weights(collected: int, neutral: int, held_by: float) -> Table:
    """One for each item of the sample; the neutral sentences share ``held_by``."""
    import numpy as np

    return np.array([1.0] * collected + [held_by / max(neutral, 1)] * neutral, dtype=np.float32)


class _Group:
    """The texts of one language (of all, for ``""``) that have a vector: those of the sample, and the neutral ones."""

    def __init__(self, language: str, collected: int, readings: Sequence[_Reading], where: Sequence[int]) -> None:
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
    """The texts' direction, and the more topics there are, what these share on top of it."""
    import numpy as np

    total = topic_vectors.sum(axis=0) + SHARED_BY_TOPICS * np.asarray(centre, dtype=np.float32)
    return tuple(round(float(x), 6) for x in total / (len(topic_vectors) + SHARED_BY_TOPICS))


def _echo_scales(values: Table, readings: Sequence[_Reading], weights: Table) -> dict[str, Scale]:
    scales = {"": _mean_scale(values, weights)}
    for code in LANGUAGES[1:]:
        rows = [row for row, reading in enumerate(readings) if reading.language == code]
        scales[code] = _mean_scale(values[rows], weights[rows]) if rows else scales[""]
    return scales


def _find_echoes(documents: Sequence[Sequence[str]], fused: Table, weights: Table) -> list[dict[str, float]]:
    """For each topic (column of ``fused``) the stems whose texts lie above the usual, with Student's t of it."""
    import numpy as np

    place: dict[str, int] = {}
    pairs = [(place.setdefault(stem, len(place)), row) for row, stems in enumerate(documents) for stem in set(stems)]
    if not pairs:
        return [{} for _ in range(fused.shape[1])]
    stems_of, rows = (np.array(column) for column in zip(*sorted(pairs), strict=True))
    starts = np.flatnonzero(np.r_[True, np.diff(stems_of) > 0])
    texts = np.diff(np.r_[starts, len(stems_of)])
    mass = np.add.reduceat(weights[rows], starts)[:, None]
    usual = np.average(fused, axis=0, weights=weights)
    spread = np.sqrt(np.average((fused - usual) ** 2, axis=0, weights=weights)) + 1e-6
    means = np.add.reduceat(fused[rows] * weights[rows][:, None], starts) / mass
    student = (means - usual) / spread * np.sqrt(mass)
    names = np.array(list(place))
    student[(texts < ECHO_IN_AT_LEAST) | np.char.isdigit(np.char.rstrip(names, "er"))] = 0
    return [_best_words(names, column) for column in student.T]


def _best_words(names: NDArray[Any], values: Table) -> dict[str, float]:
    import numpy as np

    best = np.lexsort((names, -values))[:ECHO_WORDS]
    return {str(names[i]): round(float(values[i]), 3) for i in best if values[i] > 0}


def _echo_query(echo: Mapping[str, float]) -> Query:
    return {(stem,): weight for stem, weight in echo.items()}


def _keyword_shares(readings: Sequence[_Reading], weights: Table, topics: Sequence[Topic]) -> dict[str, float]:
    shares = dict.fromkeys((term for topic in topics for term in topic.keywords), 0.0)
    index = build_terms(shares)
    for reading, weight in zip(readings, weights.tolist(), strict=True):
        for term in find_terms(index, reading.text, reading.words):
            shares[term] += weight
    total = float(weights.sum()) or 1.0
    return {term: round(mass / total, 5) for term, mass in shares.items()}


# --- What a story is worth for a topic


def rank_stories(
    candidates: Sequence[Candidate],
    vectors: Table | None,
    topics: Sequence[Topic],
    topic_vectors: Table | None,
    background: Background,
) -> list[Score]:
    """Every candidate for every topic, in the order of the candidates, then of the topics.

    ``score`` is 0 to 1; ``relevant`` is ``score >= RELEVANT_AT`` for every topic. A term that the topic excludes,
    anywhere in a story, makes it 0. An item without a vector (or all of them) is judged by its words alone.
    Topics that the background does not know are left out.
    """
    import numpy as np

    known = [column for column, topic in enumerate(topics) if topic.id in background.topics]
    topics = [topics[column] for column in known]
    topic_vectors = topic_vectors[known] if topic_vectors is not None else None
    if not candidates or not topics:
        return []
    items = [item for candidate in candidates for item in candidate.texts]
    readings = [_read(item) for item in items]
    languages = [reading.language for reading in readings]
    meaning = _read_meaning(items, languages, vectors, topics, topic_vectors, background)
    words, echo = _read_words(readings, topics, background)
    index = build_terms(term for topic in topics for term in (*topic.keywords, *topic.exclude))
    found = [find_terms(index, reading.text, reading.words) for reading in readings]
    fused = np.where(np.isnan(meaning), (1 - WORDS_WEIGHT) * words, meaning)
    fused += WORDS_WEIGHT * words + ECHO_WEIGHT * echo + _keyword_bonus(found, topics, background)
    starts = np.cumsum([0, *(len(candidate.texts) for candidate in candidates)])
    best = np.maximum.reduceat(fused, starts[:-1])
    scores = np.round(1 / (1 + np.exp(-STEEPNESS * (best.astype(np.float64) - THRESHOLD))), 6)
    excluded = _columns_of({topic.id: topic.exclude for topic in topics})
    worths = [_word_worths(topic, background) for topic in topics]
    ranked: list[Score] = []
    for candidate, start, values in zip(candidates, starts.tolist(), scores.tolist(), strict=False):
        members = slice(start, start + len(candidate.texts))
        terms = set().union(*found[members])
        vetoes = {column: term for term in sorted(terms & excluded.keys()) for column in excluded[term]}
        for column, (topic, value) in enumerate(zip(topics, values, strict=True)):
            reasons: tuple[Mapping[str, object], ...] = ()
            if column in vetoes:
                value, reasons = 0.0, ({"kind": "excluded", "term": vetoes[column]},)
            elif value >= REASONED_FROM:
                top = start + int(np.argmax(fused[members, column]))
                words_found = _find_speaking(readings[top], worths[column])
                reasons = _build_reasons(candidate, topic, float(meaning[top, column]), terms, words_found)
            ranked.append(Score(candidate.story_id, topic.id, value, value >= RELEVANT_AT, reasons))
    return ranked


def _read(item: ItemText) -> _Reading:
    text = f"{item.title}. {item.summary[:READ_CHARACTERS]}"
    words = split_words(text)
    language = (item.language or guess_language(words) or "")[:2].lower()
    return _Reading(text, words, stem_words(words, language), language if language in LANGUAGES else "")


def _read_meaning(
    items: Sequence[ItemText],
    languages: Sequence[str],
    vectors: Table | None,
    topics: Sequence[Topic],
    topic_vectors: Table | None,
    background: Background,
) -> Table:
    """z of meaning, an item a row and a topic a column; NaN where there is no vector."""
    import numpy as np

    meaning = np.full((len(items), len(topics)), np.nan, dtype=np.float32)
    scales = [scales for topic in topics if (scales := background.topics[topic.id].meaning)]
    held = [(place, item.row) for place, item in enumerate(items) if item.row is not None]
    if vectors is not None and topic_vectors is not None and held and len(scales) == len(topics):
        rows = vectors[[row for _, row in held]]
        spoken = [languages[place] for place, _ in held]
        texts = _away_from(rows, spoken, background.centres)
        cosines = texts @ _centred(topic_vectors, background.topic_centre).T
        meaning[[place for place, _ in held]] = _zs(cosines, spoken, scales)
    return meaning


def _read_words(readings: Sequence[_Reading], topics: Sequence[Topic], background: Background) -> tuple[Table, Table]:
    """z of words and of echo, an item a row and a topic a column."""
    usual = [background.topics[topic.id] for topic in topics]
    queries = [topic_query(topic) for topic in topics] + [_echo_query(one.echo_words) for one in usual]
    frequencies = Frequencies(background.documents, background.average_length, background.counts)
    bm25 = rank_bm25(queries, [reading.stems for reading in readings], frequencies)
    words = _spoken(bm25[:, : len(topics)], [one.words for one in usual])
    languages = [reading.language for reading in readings]
    echo = _zs(bm25[:, len(topics) :], languages, [one.echo or {"": Scale()} for one in usual])
    return words, echo.clip(None, MOST_Z)


def _keyword_bonus(found: Sequence[set[str]], topics: Sequence[Topic], background: Background) -> Table:
    """What the keywords in a text add to the fused z: a rare one much, one that half the collection has little."""
    import numpy as np

    bonus = np.zeros((len(found), len(topics)), dtype=np.float32)
    columns = _columns_of({topic.id: topic.keywords for topic in topics})
    for row, terms in enumerate(found):
        for term in sorted(terms & columns.keys()):
            bonus[row, columns[term]] -= 0.5 * log(max(background.shares.get(term, 0.0), 0.01))
    return np.minimum(bonus, np.float32(MOST_KEYWORD))


def _columns_of(terms: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {}
    for column, listed in enumerate(terms.values()):
        for term in dict.fromkeys(listed):
            columns.setdefault(term, []).append(column)
    return columns


def _build_reasons(
    candidate: Candidate, topic: Topic, meaning: float, terms: set[str], words: Sequence[str]
) -> tuple[Mapping[str, object], ...]:
    reasons: list[Mapping[str, object]] = []
    if keywords := [term for term in topic.keywords if term in terms]:
        reasons.append({"kind": "keyword", "terms": keywords})
    if meaning >= 1:  # not so where it is NaN
        reasons.append({"kind": "meaning", "z": round(meaning, 1)})
    if words:
        reasons.append({"kind": "words", "terms": list(words)})
    if (sources := len({item.source_id for item in candidate.texts})) > 1:
        reasons.append({"kind": "sources", "count": sources})
    return tuple(reasons)


def _word_worths(topic: Topic, background: Background) -> dict[str, float]:
    """What one occurrence of each stem of a topic says for it."""
    frequencies = Frequencies(background.documents, background.average_length, background.counts)
    query = topic_query(topic)
    return {stem: weight * inverse_frequency(key, frequencies) for key, weight in query.items() for stem in key}


def _find_speaking(reading: _Reading, worths: Mapping[str, float]) -> list[str]:
    """The words of a text that speak most for a topic, at most four, as the text writes them."""
    best = sorted(worths.keys() & set(reading.stems), key=lambda one: (-worths[one], one))[:4]
    if not best:
        return []
    stems = [stem(word, reading.language or "en") for word in reading.words]
    written = split_as_written(reading.text, reading.words)
    return [written[stems.index(one)] for one in best if one in stems]


# --- The arithmetic of scales


def _centred(vectors: Table, centre: Sequence[float]) -> Table:
    import numpy as np

    moved = vectors - np.asarray(centre, dtype=np.float32) if len(centre) else vectors
    lengths = np.sqrt(np.square(moved).sum(axis=1, keepdims=True))
    unit: Table = moved / np.maximum(lengths, 1e-9)
    return unit


def _away_from(vectors: Table, languages: Sequence[str], centres: Mapping[str, Sequence[float]]) -> Table:
    """Unit vectors from the centre of each text's language."""
    import numpy as np

    moved = np.empty_like(vectors)
    for code in set(languages):
        rows = [row for row, language in enumerate(languages) if language == code]
        moved[rows] = _centred(vectors[rows], centres[code])
    return moved


def _zs(values: Table, languages: Sequence[str], scales: Sequence[Mapping[str, Scale]]) -> Table:
    """z of values (a text a row, a topic a column) on the scale of each text's language."""
    import numpy as np

    pairs = {code: [one.get(code) or one[""] for one in scales] for code in set(languages)}
    middles = np.array([[scale.middle for scale in pairs[code]] for code in languages], dtype=np.float32)
    spreads = np.array([[scale.spread for scale in pairs[code]] for code in languages], dtype=np.float32)
    zs: Table = (values - middles) / spreads
    return zs


def _spoken(values: Table, scales: Sequence[Scale]) -> Table:
    """z of words, which may add but not take away."""
    import numpy as np

    middles = np.array([scale.middle for scale in scales], dtype=np.float32)
    spreads = np.array([scale.spread for scale in scales], dtype=np.float32)
    spoken: Table = np.clip((values - middles) / spreads, 0, MOST_Z)
    return spoken


def _mean_scale(values: Table, weights: Table) -> Scale:
    """Weighted mean and standard deviation: the median of a BM25 is mostly 0."""
    import numpy as np

    if not len(values):
        return Scale()
    middle = float(np.average(values, weights=weights))
    spread = float(np.sqrt(np.average((values - middle) ** 2, weights=weights)))
    return Scale(round(middle, 6), round(max(spread, 0.5), 6))


def dump_background(background: Background) -> dict[str, Any]:
    """The background as plain JSON values."""
    return asdict(background)


def parse_background(value: Mapping[str, Any]) -> Background:
    """What `dump_background` gave, also after a way through JSON."""
    topics = {
        topic_id: Usual(
            Scale(**one["words"]),
            {code: Scale(**scale) for code, scale in one["meaning"].items()},
            {code: Scale(**scale) for code, scale in one["echo"].items()},
            one["echo_words"],
        )
        for topic_id, one in value["topics"].items()
    }
    centres = {code: tuple(centre) for code, centre in value["centres"].items()}
    topic_centre = tuple(value["topic_centre"])
    return Background(**{**value, "centres": centres, "topic_centre": topic_centre, "topics": topics})


# --- The order of a digest

HALF_LIFE_DAYS = {"research": 120.0}  # by section
DEFAULT_HALF_LIFE_DAYS = 14.0
SAME_SOURCE = 0.85  # a story keeps this for each one above it from its source
SAME_SUBJECT = 0.5  # it loses up to this when one above says much the same
CORROBORATION = 0.1  # more for each doubling of independent sources
COMPARED = 60  # stories that are moved about; beyond them the value alone orders


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
    the topic's weight, its best source's weight, its freshness and its corroboration; what then stands above it from
    the same source or on the same subject (maximal marginal relevance, Carbonell and Goldstein 1998) lowers its value.
    """
    by_story = {score.story_id: score for score in scores if score.topic_id == topic.id}
    known = [candidate for candidate in candidates if candidate.story_id in by_story]
    worths = {c.story_id: _worth(c, by_story[c.story_id], source_weights, topic, now) for c in known}
    known.sort(key=lambda candidate: (-worths[candidate.story_id], candidate.story_id))
    likeness = _likeness(known[:COMPARED], vectors)
    ranked: list[Ranked] = []
    left, above = list(range(min(len(known), COMPARED))), list[int]()
    while left:
        values = {i: worths[known[i].story_id] * _novelty(i, above, known, likeness) for i in left}
        best = max(left, key=lambda i: (values[i], -i))
        left.remove(best)
        above.append(best)
        ranked.append(_ranked(by_story[known[best].story_id], values[best]))
    floor = ranked[-1].value if ranked else 0.0
    rest = known[COMPARED:]
    return ranked + [_ranked(by_story[c.story_id], min(worths[c.story_id], floor)) for c in rest]


def _ranked(score: Score, value: float) -> Ranked:
    return Ranked(score.story_id, score.topic_id, score.score, round(value, 6), score.reasons)


def _worth(candidate: Candidate, score: Score, weights: Mapping[str, float], topic: Topic, now: datetime) -> float:
    trust = max(weights.get(item.source_id, 1.0) for item in candidate.texts)
    sources = len({item.source_id for item in candidate.texts})
    corroboration = 1 + CORROBORATION * log2(sources)
    return score.score * topic.weight * trust * corroboration * max(_freshness(item, now) for item in candidate.texts)


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
    unit = _centred(chosen, chosen.mean(axis=0))
    table[np.ix_(held, held)] = np.clip(unit @ unit.T, 0, 1)
    return table


def _novelty(place: int, above: Sequence[int], candidates: Sequence[Candidate], likeness: Table | None) -> float:
    sources = _sources(candidates[place])
    told = min((sum(source in _sources(candidates[i]) for i in above) for source in sources), default=0)
    alike = max((float(likeness[place, i]) for i in above), default=0.0) if likeness is not None else 0.0
    return float(SAME_SOURCE) ** told * (1 - SAME_SUBJECT * alike)


def _sources(candidate: Candidate) -> set[str]:
    return {item.source_id for item in candidate.texts}
