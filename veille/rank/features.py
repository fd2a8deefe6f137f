"""What is read of items for topics: the evidence that a score is made of, an item a row and a topic a column. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from veille.config import Topic
from veille.rank.background import Background, parse_query
from veille.rank.fusing import ECHO_WEIGHT, fuse, weigh_keywords
from veille.rank.naming import find_named, parse_name, weigh_named
from veille.rank.reading import ItemText, Reading, read_text
from veille.rank.scales import (
    MOST_Z,
    THRESHOLD,
    Scale,
    find_word_z,
    find_z,
    move_to_centre,
    move_to_centres,
)
from veille.rank.tenor import lean
from veille.rank.words import Frequencies, add_pairs, build_terms, find_terms, rank_bm25

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

FULL_FROM = 0.75  # of the usual length: of a shorter text, what speaks against it tells less
UNDER = 1e-3  # fused z that a score still tells from the threshold


@dataclass(frozen=True, slots=True)
class Features:
    """The evidence on items (rows, as they were given) for topics (columns): tables of shape (items, topics).

    A model that knows better replaces columns of ``fused`` (`dataclasses.replace`); scores are made from it alone.
    """

    topics: tuple[Topic, ...]  # those that the background knows, in their order
    meaning: Table  # z; NaN where an item has no vector
    words: Table  # z, never below 0
    echo: Table  # z
    keywords: Table  # what keywords, and the name said in full, add to the fused z
    fused: Table  # z of all together, with the topic's prior
    readings: tuple[Reading, ...]  # an item each
    terms: tuple[set[str], ...]  # keywords and exclusions of any topic that each item has, as written in the topic
    learned: Table | None = None  # what ratings changed in ``fused``; None where nothing was learned


def read_features(
    items: Sequence[ItemText],
    vectors: Table | None,
    topics: Sequence[Topic],
    topic_vectors: Table | None,
    background: Background,
) -> Features:
    """All evidence on these items (at least one) for the topics that the background knows, as in `rank_stories`."""
    import numpy as np

    known = [column for column, topic in enumerate(topics) if topic.id in background.topics]
    topics = tuple(topics[column] for column in known)
    topic_vectors = topic_vectors[known] if topic_vectors is not None else None
    readings = tuple(read_text(item) for item in items)
    languages = [reading.language for reading in readings]
    meaning = _read_meaning(items, languages, vectors, topics, topic_vectors, background)
    words, echo = _read_words(readings, topics, background)
    index = build_terms(term for topic in topics for term in (*topic.keywords, *topic.exclude))
    vetoes = build_terms(term for topic in topics for term in topic.exclude)
    terms = tuple(
        find_terms(index, reading.text, reading.words) | find_terms(vetoes, reading.publisher) for reading in readings
    )
    documents = [reading.stems for reading in readings]
    named = find_named(documents, [parse_name(topic, topic_vectors is not None) for topic in topics])
    naming = weigh_named(named, [background.topics[topic.id].named for topic in topics])
    keywords = weigh_keywords(terms, topics, background.shares, naming)
    priors = np.array([background.topics[topic.id].prior for topic in topics], dtype=np.float32)
    fused = fuse(meaning, words, echo, keywords) + priors
    leant = lean(fused, documents, [topic.id for topic in topics], background.tenor)
    against: Table = np.maximum(-meaning, 0) + np.float32(ECHO_WEIGHT) * np.maximum(-echo, 0)
    forgiven = forgive_silence(leant, against, [*map(len, documents)], background.average_length)
    fused = np.where(np.isnan(meaning), fused, forgiven)
    return Features(topics, meaning, words, echo, keywords, fused, readings, terms)


def _read_meaning(
    items: Sequence[ItemText],
    languages: Sequence[str],
    vectors: Table | None,
    topics: Sequence[Topic],
    topic_vectors: Table | None,
    background: Background,
) -> Table:
    """z of meaning; NaN where there is no vector."""
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
    """z of words and of echo."""
    usual = [background.topics[topic.id] for topic in topics]
    queries = [parse_query(one.asked) for one in usual] + [parse_query(one.echo_words) for one in usual]
    documents = add_pairs([reading.stems for reading in readings], queries)
    frequencies = Frequencies(background.documents, background.average_length, background.counts)
    bm25 = rank_bm25(queries, documents, frequencies)
    words = find_word_z(bm25[:, : len(topics)], [one.words for one in usual])
    languages = [reading.language for reading in readings]
    echo = find_z(bm25[:, len(topics) :], languages, [one.echo or {"": Scale()} for one in usual])
    return words, echo.clip(None, MOST_Z)


def forgive_silence(fused: Table, against: Table, lengths: Sequence[int], usual: float) -> Table:
    """The fused z of texts (rows), with what speaks against each counting the less the shorter it is.

    A title alone has no room for the words that would have spoken for it. ``lengths`` and their ``usual`` are in stems.
    Like the tenor this orders what lies below the threshold: nothing above it moves, and nothing gets there.
    """
    import numpy as np

    short = 1 - np.minimum(np.array(lengths, dtype=np.float32) / (FULL_FROM * (usual or 1.0)), 1)
    forgiven: Table = np.minimum(fused + short[:, None] * against, np.float32(THRESHOLD - UNDER))
    return np.maximum(fused, forgiven)
