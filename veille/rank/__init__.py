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

from collections.abc import Mapping, Sequence
from math import log
from typing import TYPE_CHECKING

from veille.config import Topic
from veille.rank.background import WORDS_WEIGHT, Background, echo_query
from veille.rank.reading import Candidate, ItemText, Reading, read_text, topic_query
from veille.rank.scales import MOST_Z, Scale, find_word_z, find_z, move_to_centre, move_to_centres
from veille.rank.words import (
    Frequencies,
    build_terms,
    find_terms,
    inverse_frequency,
    rank_bm25,
    split_as_written,
    stem,
)
from veille.values import Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

RELEVANT_AT = 0.5  # the one rule for `relevant`: at least this score
THRESHOLD = 5.0  # the fused z that scores .5
STEEPNESS = 0.6  # of the logistic, per unit of fused z: gentle, so that the best stay apart
ECHO_WEIGHT = 1.0
MOST_KEYWORD = 2.5  # fused z that keywords add at most
REASONED_FROM = 0.3  # lower scores are nobody's business and carry no reasons


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
    readings = [read_text(item) for item in items]
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
        texts = move_to_centres(rows, spoken, background.centres)
        cosines = texts @ move_to_centre(topic_vectors, background.topic_centre).T
        meaning[[place for place, _ in held]] = find_z(cosines, spoken, scales)
    return meaning


def _read_words(readings: Sequence[Reading], topics: Sequence[Topic], background: Background) -> tuple[Table, Table]:
    """z of words and of echo, an item a row and a topic a column."""
    usual = [background.topics[topic.id] for topic in topics]
    queries = [topic_query(topic) for topic in topics] + [echo_query(one.echo_words) for one in usual]
    frequencies = Frequencies(background.documents, background.average_length, background.counts)
    bm25 = rank_bm25(queries, [reading.stems for reading in readings], frequencies)
    words = find_word_z(bm25[:, : len(topics)], [one.words for one in usual])
    languages = [reading.language for reading in readings]
    echo = find_z(bm25[:, len(topics) :], languages, [one.echo or {"": Scale()} for one in usual])
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


def _find_speaking(reading: Reading, worths: Mapping[str, float]) -> list[str]:
    """The words of a text that speak most for a topic, at most four, as the text writes them."""
    best = sorted(worths.keys() & set(reading.stems), key=lambda one: (-worths[one], one))[:4]
    if not best:
        return []
    stems = [stem(word, reading.language or "en") for word in reading.words]
    written = split_as_written(reading.text, reading.words)
    return [written[stems.index(one)] for one in best if one in stems]
