"""What matters for which topic: meaning and words, on one scale for all topics.

Three kinds of evidence are read for an item and a topic:

* *meaning*: the cosine of both vectors, the topic's made of its name and description, once the direction that all texts
  share is taken out ("all but the top", Mu and Viswanath 2018, reduced to the mean) and most of what the topics share;
* *words*: BM25 of the topic's name, keywords and description. It only ever adds, because a French topic finds no words
  in an English text that is about it;
* *echo*: BM25 of the words that keep company with the topic: those whose texts lie above the usual for it, by Student's
  t over everything collected. It carries a topic's words into the other language, a form of relevance feedback.

Each is a z-score against a `Background`: what the collection, held by neutral sentences, usually gets for that topic.
So the fused z, and the logistic of it, mean the same for every topic and every embedding model. A keyword, and the
topic's name said in full (`veille.rank.naming`), add to it the more the rarer they are; the topic's prior adds how much
of the collection is about it at all (`veille.rank.fusing`). A story is worth what its best member is worth. What lies
below the threshold is put in order by its *tenor* besides (`veille.rank.tenor`): no evidence of its own, for it makes
nothing relevant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from veille.config import Topic
from veille.rank.background import Background, parse_query
from veille.rank.features import Features, read_features
from veille.rank.fusing import columns_of
from veille.rank.learned import Taste, Verdicts, apply_tastes
from veille.rank.promotion import detect_promotion
from veille.rank.reading import Candidate, Reading
from veille.rank.scales import STEEPNESS, THRESHOLD
from veille.rank.words import Frequencies, find_as_written, inverse_frequency
from veille.values import Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

RELEVANT_AT = 0.5  # the one rule for `relevant`: at least this score
RATED_FROM = 0.5  # fused z that ratings add, from which on they are a reason
TELLING = 0.4  # of the word that says most for a topic: what says less is no reason beside it
REASONED_FROM = 0.3  # lower scores are nobody's business and carry no reasons


def rank_stories(
    candidates: Sequence[Candidate],
    vectors: Table | None,
    topics: Sequence[Topic],
    topic_vectors: Table | None,
    background: Background,
    tastes: Mapping[str, Taste] | None = None,
    verdicts: Verdicts | None = None,
) -> list[Score]:
    """Every candidate for every topic, in the order of the candidates, then of the topics.

    ``score`` is 0 to 1; ``relevant`` is ``score >= RELEVANT_AT`` for every topic. A term that the topic excludes,
    anywhere in a story, makes it 0. An item without a vector (or all of them) is judged by its words alone.
    Topics that the background does not know are left out. ``tastes`` has what ratings taught, by topic id, and
    ``verdicts`` what was rated: a story that was found off a topic is not relevant to it, whatever was learned.
    """
    if not candidates:
        return []
    items = [item for candidate in candidates for item in candidate.texts]
    features = read_features(items, vectors, topics, topic_vectors, background)
    features = apply_tastes(features, items, vectors, background, tastes or {})
    return score_stories(candidates, features, background, verdicts or {})


def score_stories(
    candidates: Sequence[Candidate], features: Features, background: Background, verdicts: Verdicts | None = None
) -> list[Score]:
    """Scores from the features of the candidates' texts, in the candidates' order; see `rank_stories`."""
    import numpy as np

    topics = features.topics
    if not topics:
        return []
    starts = np.cumsum([0, *(len(candidate.texts) for candidate in candidates)])
    best = np.maximum.reduceat(features.fused, starts[:-1])
    scores = np.round(1 / (1 + np.exp(-STEEPNESS * (best.astype(np.float64) - THRESHOLD))), 6)
    excluded = columns_of({topic.id: topic.exclude for topic in topics})
    worths = [_word_worths(topic, background) for topic in topics]
    ids = [topic.id for topic in topics]
    ranked: list[Score] = []
    for candidate, start, values in zip(candidates, starts.tolist(), scores.tolist(), strict=False):
        members = slice(start, start + len(candidate.texts))
        terms = set().union(*features.terms[members])
        reasons: dict[int, tuple[Mapping[str, object], ...]] = {}
        columns = [column for column, value in enumerate(values) if value >= REASONED_FROM]
        of_story = _build_story_reasons(candidate) if columns else ()
        for column in columns:
            top = start + int(np.argmax(features.fused[members, column])) if len(candidate.texts) > 1 else start
            words = _find_speaking(features.readings[top], worths[column])
            reasons[column] = (*_build_reasons(features, top, column, terms, words), *of_story)
        for column, veto in (*_find_excluded(terms, excluded), *_find_off_topic(candidate, ids, verdicts or {})):
            values[column], reasons[column] = 0.0, (veto,)
        ranked += [
            Score(candidate.story_id, topic_id, value, value >= RELEVANT_AT, reasons.get(column, ()))
            for column, (topic_id, value) in enumerate(zip(ids, values, strict=True))
        ]
    return ranked


def _find_excluded(
    terms: Set[str], excluded: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Columns of the topics that exclude a term of a story, and the reason, the first term last."""
    for term in sorted(terms & excluded.keys(), reverse=True):
        for column in excluded[term]:
            yield column, {"kind": "excluded", "term": term}


def _find_off_topic(
    candidate: Candidate, topic_ids: Sequence[str], verdicts: Verdicts
) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Columns of the topics that a story was found off: items of it were rated for them, and none found useful."""
    for column, topic_id in enumerate(topic_ids):
        known = verdicts.get(topic_id, {})
        said = [known[item.item_id] for item in candidate.texts if item.item_id in known]
        if said and not any(said):
            yield column, {"kind": "off-topic"}


def _build_reasons(
    features: Features, top: int, column: int, terms: set[str], words: Sequence[str]
) -> Iterator[Mapping[str, object]]:
    """Those of one topic; ``top`` is the row of the story's best text for the topic of this column."""
    meaning = float(features.meaning[top, column])
    if keywords := [term for term in features.topics[column].keywords if term in terms]:
        yield {"kind": "keyword", "terms": keywords}
    if meaning >= 1:  # not so where it is NaN
        yield {"kind": "meaning", "z": round(meaning, 1)}
    if words:
        yield {"kind": "words", "terms": list(words)}
    if features.learned is not None and features.learned[top, column] >= RATED_FROM:
        yield {"kind": "rated"}


def _build_story_reasons(candidate: Candidate) -> tuple[Mapping[str, object], ...]:
    """Those that hold for any topic."""
    reasons: list[Mapping[str, object]] = []
    if candidate.told_by > 1:
        reasons.append({"kind": "sources", "count": candidate.told_by})
    if all(map(detect_promotion, candidate.texts)):  # not so where somebody else tells it
        reasons.append({"kind": "promotional"})
    return tuple(reasons)


def _word_worths(topic: Topic, background: Background) -> dict[str, float]:
    """What one occurrence of each stem of a topic says for it."""
    frequencies = Frequencies(background.documents, background.average_length, background.counts)
    query = parse_query(background.topics[topic.id].asked)
    return {stem: weight * inverse_frequency(key, frequencies) for key, weight in query.items() for stem in key}


def _find_speaking(reading: Reading, worths: Mapping[str, float]) -> list[str]:
    """The words of a text that speak most for a topic, at most four, as the text writes them."""
    best = sorted(worths.keys() & set(reading.stems), key=lambda one: (-worths[one], one))[:4]
    telling = [one for one in best if worths[one] >= TELLING * worths[best[0]]]
    if not telling:
        return []
    return find_as_written(reading.text, [reading.words[reading.aligned.index(one)] for one in telling])
