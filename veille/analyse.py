"""From stored items to vectors, stories and scores: what is new since the last run, on top of what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from veille import stories
from veille.config import Topic
from veille.embed import Embedder
from veille.embed.recipe import passage_text
from veille.rank import rank_stories
from veille.rank.background import Background, Neutral, fit_background, parse_neutral
from veille.rank.reading import READ_CHARACTERS, Candidate, ItemText, topic_text
from veille.store import Store
from veille.values import Score, SeenItem, Story, short_hash

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

RANKED_PERIOD = timedelta(
    days=28
)  # stories younger than this are ranked anew in each run: as far back as a digest looks
SAMPLE = 2_000  # items that stand for everything collected, where a scale is fitted
AT_ONCE = 2_000  # items or stories read together
SAVE_EVERY = 512  # texts: what a crash may cost of the embedding


# --- vectors -------------------------------------------------------------------------------------------------------


def embed_new(
    store: Store, embedder: Embedder, topics: Sequence[Topic], on_progress: Callable[[int, int], None]
) -> int:
    """Vectors for every text that has none of this model; how many items' texts that were.

    The model is loaded only when there is something to embed. ``on_progress`` gets texts done and texts in all.
    """
    embed_topics(store, embedder, topics)
    waiting = store.load_unembedded(embedder.model)
    for start in range(0, len(waiting), SAVE_EVERY):
        part = waiting[start : start + SAVE_EVERY]

        def tell(done: int, start: int = start) -> None:
            on_progress(start + done, len(waiting))

        vectors = embedder.embed_passages([passage_text(title, summary) for _, title, summary in part], tell)
        store.save_vectors(embedder.model, [content_hash for content_hash, _, _ in part], vectors)
    return len(waiting)


def embed_topics(store: Store, embedder: Embedder, topics: Sequence[Topic]) -> None:
    """Vectors for the topics, and for the neutral sentences that they are measured against, where they lack one."""
    asked = {_hash_of("topic", topic_text(topic)): topic_text(topic) for topic in topics}
    neutral = {_hash_of("neutral", line): line for line in _neutral_sentences()}
    for texts, embed in ((asked, embedder.embed_queries), (neutral, embedder.embed_passages)):
        missing = store.load_missing_hashes(embedder.model, list(texts))
        if missing:
            store.save_vectors(embedder.model, missing, embed([texts[key] for key in missing]))


def _hash_of(what: str, text: str) -> str:
    return short_hash(what, text)


def _neutral_sentences() -> tuple[str, ...]:
    return parse_neutral(files("veille.rank").joinpath("background.txt").read_text("utf-8"))


def _load_rows(store: Store, model: str, hashes: Sequence[str]) -> tuple[dict[str, int], Vectors | None]:
    """Row of each hash that has a vector, and the matrix; None where none has."""
    found, matrix = store.load_vectors(model, hashes=sorted(set(hashes)))
    return {key: row for row, key in enumerate(found)}, matrix if found else None


# --- stories -------------------------------------------------------------------------------------------------------


def update_stories(store: Store, model: str, now: datetime) -> int:
    """New, edited and newly embedded items join the stories that tell the same; how many stories are new."""
    new = store.load_unlinked(model)
    if not new:
        return 0
    for part in _split(new):
        store.save_keys({seen.item_id: stories.identity_keys(seen.item) for seen in store.load_items(item_ids=part)})
    near, scale = _find_neighbours(store, model, new)
    pairs = {*near, *store.load_pairs(new)}
    paired = store.load_items(item_ids=sorted({item_id for pair in pairs for item_id in pair}))
    store.save_links(new, stories.judge_pairs(pairs, {seen.item_id: seen for seen in paired}, near, scale))
    lone = store.save_lone_stories(new, now)
    items, links = store.load_component(sorted(set(new).difference(lone)))
    told = stories.build_stories(items, links)
    return len(lone) + store.save_stories([seen.item_id for seen in items], told, now)


def _split(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts small enough that what is read for one of them stays small, however much is new."""
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _find_neighbours(
    store: Store, model: str, new: Sequence[str]
) -> tuple[dict[tuple[str, str], stories.Near], stories.Scale]:
    ids, matrix = store.load_vector_index(model)
    row_of = {item_id: row for row, item_id in enumerate(ids)}
    sample = store.load_sample(SAMPLE)
    placed = [seen for seen in sample if seen.item_id in row_of]
    if not placed:
        return {}, stories.fit_scale([seen.item for seen in sample])
    scale = stories.fit_scale([seen.item for seen in placed], matrix[[row_of[seen.item_id] for seen in placed]])
    rows = [row_of[item_id] for item_id in new if item_id in row_of]
    near = {}
    for row, column, closeness in stories.find_close(matrix[rows], matrix, scale):
        one, other = ids[rows[row]], ids[column]
        if one != other:
            near[min(one, other), max(one, other)] = closeness
    return near, scale


# --- scores --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ranked:
    """Stories with all that ranking and the digest need of them, as known at one instant."""

    stories: tuple[Story, ...]
    items: Mapping[str, SeenItem]  # by item id
    candidates: tuple[Candidate, ...]  # a story each, in the order of `stories`
    scores: tuple[Score, ...]
    vectors: Vectors | None  # rows that the candidates' texts point to


def update_scores(store: Store, topics: Sequence[Topic], model: str, subject: str, now: datetime) -> None:
    """Scores of stories that changed or have none for this subject, and of all recent ones beside them.

    ``subject`` stands for the topics and the model: with another one everything is scored anew.
    """
    waiting = store.load_unscored(subject, now - RANKED_PERIOD)
    if not waiting:
        return
    background, topic_vectors = _fit(store, topics, model, now)
    for part in _split(waiting):
        texts = store.load_texts(part, READ_CHARACTERS)
        rows, vectors = _load_rows(store, model, [content_hash for *_, content_hash in texts])
        candidates = [
            Candidate(
                story_id,
                tuple(
                    ItemText(item_id, title, summary, language, source_id, row=rows.get(content_hash))
                    for _, item_id, title, summary, language, source_id, content_hash in members
                ),
            )
            for story_id, members in groupby(texts, key=itemgetter(0))
        ]
        store.save_scores(rank_stories(candidates, vectors, topics, topic_vectors, background), subject)


def rank_known(store: Store, topics: Sequence[Topic], model: str, known: Sequence[Story], until: datetime) -> Ranked:
    """These stories for these topics, measured against what was collected up to ``until``.

    Nothing first seen later has a part in it, so the ranking of a past week can be built again.
    """
    items = {
        seen.item_id: seen
        for seen in store.load_items(item_ids=[member.item_id for story in known for member in story.members])
    }
    background, topic_vectors = _fit(store, topics, model, until)
    rows, vectors = _load_rows(store, model, [seen.item.content_hash for seen in items.values()])
    candidates = tuple(
        Candidate(story.story_id, tuple(_text_of(items[member.item_id], rows) for member in story.members))
        for story in known
    )
    scores = rank_stories(candidates, vectors, topics, topic_vectors, background)
    return Ranked(tuple(known), items, candidates, tuple(scores), vectors)


def _fit(store: Store, topics: Sequence[Topic], model: str, until: datetime) -> tuple[Background, Vectors | None]:
    """What is usual for these topics in what was collected up to ``until``, and the topics' vectors."""
    sample = store.load_sample(SAMPLE, until=until)
    neutral = _neutral_sentences()
    topic_keys = [_hash_of("topic", topic_text(topic)) for topic in topics]
    neutral_keys = [_hash_of("neutral", line) for line in neutral]
    hashes = [seen.item.content_hash for seen in sample]
    rows, vectors = _load_rows(store, model, [*hashes, *topic_keys, *neutral_keys])
    topic_vectors = _take(vectors, rows, topic_keys)
    held_by = Neutral(neutral, _take(vectors, rows, neutral_keys))
    texts = [_text_of(seen, rows) for seen in sample]
    return fit_background(texts, vectors, topics, topic_vectors, held_by), topic_vectors


def _take(vectors: Vectors | None, rows: Mapping[str, int], keys: Sequence[str]) -> Vectors | None:
    """The vectors of these keys in their order; None unless all are there."""
    if vectors is None or not all(key in rows for key in keys):
        return None
    return vectors[[rows[key] for key in keys]]


def _text_of(seen: SeenItem, rows: Mapping[str, int]) -> ItemText:
    item = seen.item
    return ItemText(
        item_id=seen.item_id,
        title=item.title,
        summary=item.summary,
        language=item.language,
        source_id=item.source_id,
        section=item.section,
        published_at=item.published_at,
        first_seen_at=seen.first_seen_at,
        row=rows.get(item.content_hash),
    )
