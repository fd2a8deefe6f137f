"""From stored items to vectors, stories and scores: what is new since the last run, on top of what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from veille import stories
from veille.background import Neutral, fit_background, parse_neutral
from veille.config import Topic
from veille.embed import Embedder
from veille.rank import rank_stories
from veille.reading import Candidate, ItemText, topic_text
from veille.recipe import passage_text
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
    return parse_neutral(files("veille").joinpath("background.txt").read_text("utf-8"))


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
    store.save_keys({seen.item_id: stories.identity_keys(seen.item) for seen in new})
    near, scale = _find_neighbours(store, model, new)
    known = {seen.item_id: seen for seen in (*store.load_candidates(new), *new)}
    missing = sorted({item_id for pair in near for item_id in pair} - known.keys())
    known.update({seen.item_id: seen for seen in store.load_items(item_ids=missing)} if missing else {})
    new_ids = [seen.item_id for seen in new]
    links = stories.find_links(new, list(known.values()), near, scale)
    store.save_links(new_ids, links)
    items, every_link = store.load_component(new_ids)
    return store.save_stories([seen.item_id for seen in items], stories.build_stories(items, every_link), now)


def _find_neighbours(
    store: Store, model: str, new: Sequence[SeenItem]
) -> tuple[dict[tuple[str, str], stories.Near], stories.Scale]:
    ids, matrix = store.load_vector_index(model)
    row_of = {item_id: row for row, item_id in enumerate(ids)}
    sample = store.load_sample(SAMPLE)
    placed = [seen for seen in sample if seen.item_id in row_of]
    if not placed:
        return {}, stories.fit_scale([seen.item for seen in sample])
    scale = stories.fit_scale([seen.item for seen in placed], matrix[[row_of[seen.item_id] for seen in placed]])
    rows = [row_of[seen.item_id] for seen in new if seen.item_id in row_of]
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
    unscored = store.load_unscored(subject)
    if not unscored:
        return
    recent = store.load_stories(since=now - RANKED_PERIOD, until=now)
    known = {story.story_id: story for story in (*unscored, *recent)}
    ranked = rank_known(store, topics, model, list(known.values()), now)
    store.save_scores(ranked.scores, subject)


def rank_known(store: Store, topics: Sequence[Topic], model: str, known: Sequence[Story], until: datetime) -> Ranked:
    """These stories for these topics, measured against what was collected up to ``until``.

    Nothing first seen later has a part in it, so the ranking of a past week can be built again.
    """
    items = {
        seen.item_id: seen
        for seen in store.load_items(item_ids=[member.item_id for story in known for member in story.members])
    }
    sample = store.load_sample(SAMPLE, until=until)
    neutral = _neutral_sentences()
    topic_keys = [_hash_of("topic", topic_text(topic)) for topic in topics]
    neutral_keys = [_hash_of("neutral", line) for line in neutral]
    hashes = [seen.item.content_hash for seen in (*items.values(), *sample)]
    rows, vectors = _load_rows(store, model, [*hashes, *topic_keys, *neutral_keys])
    topic_vectors = _take(vectors, rows, topic_keys)
    background = fit_background(
        [_text_of(seen, rows) for seen in sample],
        vectors,
        topics,
        topic_vectors,
        Neutral(neutral, _take(vectors, rows, neutral_keys)),
    )
    candidates = tuple(
        Candidate(story.story_id, tuple(_text_of(items[member.item_id], rows) for member in story.members))
        for story in known
    )
    scores = rank_stories(candidates, vectors, topics, topic_vectors, background)
    return Ranked(tuple(known), items, candidates, tuple(scores), vectors)


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
