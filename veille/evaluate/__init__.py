"""Quality on labelled files, on the way that items take in production.

What a file holds goes into a store in memory, from there through the very stages of a collection (`veille.analyse`);
then what they said is measured. Vectors are kept in the user's cache folder, so that a file embeds once.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from veille import stories
from veille.analyse import embed_new, rank_known
from veille.embed import TextEmbedder
from veille.embed.recipe import passage_text
from veille.evaluate.figures import (
    Ranked,
    measure_accuracy,
    measure_classes,
    measure_groups,
    measure_pairs,
    measure_rankings,
)
from veille.evaluate.labelled import (
    LabelledFileError,
    LabelledRanking,
    parse_evidence,
    parse_language,
    parse_pairs,
    parse_ranking,
    parse_stories,
)
from veille.evaluate.simulate import simulate_clicks
from veille.linking import update_stories
from veille.rank import RELEVANT_AT
from veille.store import Store, open_store_in_memory
from veille.values import Bookmark, Item, Member, Rating, Score, SeenItem, Story

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

Prediction = Mapping[str, Any]
MEASURED_LANGUAGES = frozenset({"fr", "en"})


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures by name, and what was said of each item."""

    figures: dict[str, Any]
    predictions: Sequence[Prediction]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a measurement works with."""

    embedder: TextEmbedder
    now: datetime
    clicks: int = 0
    on_embedded: Callable[[int, int], None] = lambda _done, _of: None


def measure_stories(text: str, setting: Setting) -> Measured:
    """Which items tell the same: all of them new at once. Raises `LabelledFileError`, as all of these."""
    labelled = parse_stories(text, setting.now)
    with open_store_in_memory() as store:
        _save_items(store, labelled.items, setting)
        embed_new(store, setting.embedder, (), setting.on_embedded)
        update_stories(store, setting.embedder.model, setting.now)
        told = store.load_stories(since=setting.now, until=setting.now)
    story_of = {member.item_id: story.story_id for story in told for member in story.members}
    said = [story_of[item.item_id] for item in labelled.items]
    predictions = [{"id": name, "story": story} for name, story in zip(labelled.ids, said, strict=True)]
    return Measured(dict(measure_groups(labelled.gold, said)), predictions)


def measure_judgements(text: str, setting: Setting) -> Measured:
    """Whether two records are of one work: the judgement of each pair, against all records of the file."""
    labelled = parse_pairs(text, setting.now)
    items = {item.item_id: item for pair in labelled.pairs for item in pair}
    texts = [passage_text(item.title, item.summary) for item in items.values()]
    vectors = setting.embedder.embed_passages(texts, lambda done: setting.on_embedded(done, len(texts)))
    scale = stories.fit_scale(list(items.values()), vectors)
    seen = {item_id: SeenItem(item, setting.now, setting.now) for item_id, item in items.items()}
    pairs = [(a.item_id, b.item_id) for a, b in labelled.pairs]
    near = _find_nearness(pairs, {item_id: row for row, item_id in enumerate(items)}, vectors, scale)
    links = {(link.a, link.b): link for link in stories.judge_pairs(map(_order, pairs), seen, near, scale)}
    found = [links.get(_order(pair)) for pair in pairs]
    said = [link is not None and link.relation == "same" for link in found]
    predictions = [
        {"index": index, "same": same, "score": link.similarity if link else 0.0}
        for index, (same, link) in enumerate(zip(said, found, strict=True))
    ]
    return Measured(dict(measure_pairs(labelled.gold, said)), predictions)


def _order(pair: tuple[str, str]) -> tuple[str, str]:
    return min(pair), max(pair)


def _find_nearness(
    pairs: Sequence[tuple[str, str]], row_of: Mapping[str, int], vectors: Vectors, scale: stories.Scale
) -> dict[tuple[str, str], stories.Near]:
    """How near the two of each pair are, where they are near enough for production to look at them."""
    centred = stories.centre(vectors, scale)
    crowding = stories.measure_crowding(centred, scale)
    near = {}
    for one, other in pairs:
        a, b = row_of[one], row_of[other]
        cosine = float(centred[a] @ centred[b])
        if cosine >= stories.NEAR_FLOOR:
            near[_order((one, other))] = stories.Near(cosine, cosine - float(crowding[a] + crowding[b]) / 2)
    return near


def measure_ranking(text: str, setting: Setting) -> Measured:
    """What is relevant to each topic; after ``clicks`` simulated ratings of each topic, if asked.

    An item is a story, but where the file says which tell the same. Topics whose judged items are not of both kinds
    have no figures: ``left_out`` says why.
    """
    labelled = parse_ranking(text, setting.now)
    if not any(labelled.judged.values()):
        raise LabelledFileError("`judged`: no item is judged for any topic, so that there is nothing to measure")
    with open_store_in_memory() as store:
        _save_items(store, labelled.items, setting)
        embed_new(store, setting.embedder, labelled.topics, setting.on_embedded)
        rated = _simulate_reader(store, labelled, setting)
        scores = _rank(store, labelled, setting)
    ranked = {topic_id: _read_topic(labelled, topic_id, scores[topic_id], rated[topic_id]) for topic_id in scores}
    if not any(ranked.values()):
        raise LabelledFileError(f"after {setting.clicks} ratings a topic no judged item is left to be measured")
    predictions = [
        {"topic": topic_id, "id": labelled.ids[row], "score": score.score, "relevant": score.relevant}
        for topic_id, told in scores.items()
        for row, score in enumerate(told)
        if row not in rated[topic_id]
    ]
    return Measured(measure_rankings(ranked), predictions)


def _simulate_reader(store: Store, labelled: LabelledRanking, setting: Setting) -> Mapping[str, Container[int]]:
    """Rate as `veille rate` does, and give the rows that are rated for each topic."""
    own_id = {topic_id: topic.id for topic_id, topic in zip(labelled.topic_ids, labelled.topics, strict=True)}

    def rank() -> dict[str, list[float]]:
        ranked = _rank(store, labelled, setting)
        return {topic_id: [score.score for score in scores] for topic_id, scores in ranked.items()}

    def rate(topic_id: str, row: int, relevant: bool) -> None:
        item_id = labelled.items[row].item_id
        verdict: Literal["useful", "off-topic"] = "useful" if relevant else "off-topic"
        store.save_rating(Rating(item_id, item_id, own_id[topic_id], verdict, setting.now))

    return simulate_clicks(rank, rate, labelled.relevant, labelled.judged, setting.clicks, RELEVANT_AT)


def _read_topic(
    labelled: LabelledRanking, topic_id: str, scores: Sequence[Score], rated: Container[int]
) -> list[Ranked]:
    """What counts for a topic's figures: what was judged, less what was rated."""
    relevant = labelled.relevant[topic_id]
    return [
        Ranked(labelled.items[row].item_id, scores[row].score, scores[row].relevant, row in relevant)
        for row in sorted(labelled.judged[topic_id])
        if row not in rated
    ]


def _rank(store: Store, labelled: LabelledRanking, setting: Setting) -> dict[str, list[Score]]:
    """The score of each item's story for each topic, by the topic's id in the file, in the items' order."""
    told = [_tell([labelled.items[row] for row in rows]) for rows in labelled.stories]
    ranked = rank_known(store, labelled.topics, setting.embedder.model, told, setting.now)
    found = {(score.topic_id, score.story_id): score for score in ranked.scores}
    story_of = {member.item_id: story.story_id for story in told for member in story.members}
    return {
        topic_id: [found[topic.id, story_of[item.item_id]] for item in labelled.items]
        for topic_id, topic in zip(labelled.topic_ids, labelled.topics, strict=True)
    }


def _tell(items: Sequence[Item]) -> Story:
    first = items[0].item_id
    return Story(first, first, tuple(Member(item.item_id, "same", 1.0, "") for item in items))


def measure_evidence(text: str, setting: Setting) -> Measured:
    """What study design an abstract claims."""
    from veille.evidence import read_evidence

    labelled = parse_evidence(text, setting.now)
    found = [read_evidence(item) for item in labelled.items]
    predictions = [
        {"id": name, "design": evidence.design, "design_quote": evidence.design_quote}
        for name, evidence in zip(labelled.ids, found, strict=True)
    ]
    return Measured(measure_classes(labelled.gold, [evidence.design for evidence in found]), predictions)


def measure_language(text: str, setting: Setting) -> Measured:
    """The language of a text, on the French and the English lines."""
    labelled = parse_language(text, setting.now)
    said = [item.language for item in labelled.items]
    accuracy = measure_accuracy(labelled.gold, said, MEASURED_LANGUAGES)
    return Measured({"accuracy": accuracy}, [{"index": index, "language": one} for index, one in enumerate(said)])


MEASURES: Mapping[str, Callable[[str, Setting], Measured]] = {
    "stories": measure_stories,
    "pairs": measure_judgements,
    "ranking": measure_ranking,
    "evidence": measure_evidence,
    "language": measure_language,
}


def _save_items(store: Store, items: Sequence[Item], setting: Setting) -> None:
    """The items as one collection brings them, each from a source of its own."""
    store.save_pages([(item.source_id, [item], Bookmark()) for item in items], setting.now)
