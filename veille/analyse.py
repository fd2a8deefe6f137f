"""From stored items to vectors, stories and scores: what is new since the last run, on top of what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from veille.config import Topic
from veille.embed import TextEmbedder
from veille.embed.recipe import passage_text
from veille.evidence import RULES, read_evidence
from veille.linking import update_stories as update_stories
from veille.rank import rank_stories
from veille.rank.background import Background, Neutral, parse_neutral
from veille.rank.fitting import fit_background
from veille.rank.learned import Taste, Verdicts, fit_tastes, settle_ratings
from veille.rank.reading import READ_CHARACTERS, Candidate, ItemText, topic_text
from veille.store import Store
from veille.trends.evidence import DESIGNS, TALK_WEEKS, build_topic_evidence, parse_syntheses
from veille.trends.phrases import count_phrases, find_phrases
from veille.trends.weeks import BEFORE, WEEK, count_topics, list_weeks, monday_of
from veille.values import Score, SeenItem, Story, short_hash

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

RANKED_PERIOD = timedelta(
    days=28
)  # stories younger than this are ranked anew in each run: as far back as a digest looks
SAMPLE = 2_000  # items that stand for everything collected, where a scale is fitted
AT_ONCE = 5_000  # items or stories read together
RECOUNTED_WEEKS = 5  # up to this one, at each run: stories that are ranked anew change the weeks behind
SAVE_EVERY = 512  # texts: what a crash may cost of the embedding


# --- vectors -------------------------------------------------------------------------------------------------------


def embed_new(
    store: Store, embedder: TextEmbedder, topics: Sequence[Topic], on_progress: Callable[[int, int], None]
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


def embed_topics(store: Store, embedder: TextEmbedder, topics: Sequence[Topic]) -> None:
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


# --- evidence ------------------------------------------------------------------------------------------------------


def update_evidence(store: Store) -> int:
    """Read how they know in papers that are new, edited or read by other rules; how many those were."""
    waiting = store.load_unread(RULES)
    for part in _split(waiting):
        papers = store.load_items(item_ids=part)
        store.save_evidence(RULES, {seen.item_id: (seen.item.fingerprint, read_evidence(seen.item)) for seen in papers})
    return len(waiting)


# --- scores --------------------------------------------------------------------------------------------------------


def _split(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts small enough that what is read for one of them stays small, however much is new."""
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


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
    background, topic_vectors, taught = _fit(store, topics, model, now)
    for part in _split(waiting):
        texts = store.load_texts(part, READ_CHARACTERS)
        rows, vectors = _load_rows(store, model, [content_hash for *_, content_hash in texts])
        candidates = [
            Candidate(
                story_id,
                tuple(
                    ItemText(item_id, title, summary, language, source_id, section, row=rows.get(content_hash), url=url)
                    for _, item_id, title, summary, language, source_id, section, content_hash, url in members
                ),
            )
            for story_id, members in groupby(texts, key=itemgetter(0))
        ]
        store.save_scores(rank_stories(candidates, vectors, topics, topic_vectors, background, *taught), subject)


def rank_known(store: Store, topics: Sequence[Topic], model: str, known: Sequence[Story], until: datetime) -> Ranked:
    """These stories for these topics, measured against what was collected up to ``until``.

    Nothing first seen later has a part in it, so the ranking of a past week can be built again.
    """
    items = {
        seen.item_id: seen
        for seen in store.load_items(item_ids=[member.item_id for story in known for member in story.members])
    }
    background, topic_vectors, taught = _fit(store, topics, model, until)
    rows, vectors = _load_rows(store, model, [seen.item.content_hash for seen in items.values()])
    candidates = tuple(
        Candidate(story.story_id, tuple(_text_of(items[member.item_id], rows) for member in story.members))
        for story in known
    )
    scores = rank_stories(candidates, vectors, topics, topic_vectors, background, *taught)
    return Ranked(tuple(known), items, candidates, tuple(scores), vectors)


def _fit(
    store: Store, topics: Sequence[Topic], model: str, until: datetime
) -> tuple[Background, Vectors | None, tuple[Mapping[str, Taste], Verdicts]]:
    """What is usual for these topics in what was collected up to ``until``, the topics' vectors, and what the ratings
    given up to then teach and say."""
    sample = store.load_sample(SAMPLE, until=until)
    ratings = store.load_ratings(until)
    rated = store.load_items(item_ids=[one.item_id for one in ratings], until=until) if ratings else []
    neutral = _neutral_sentences()
    topic_keys = [_hash_of("topic", topic_text(topic)) for topic in topics]
    neutral_keys = [_hash_of("neutral", line) for line in neutral]
    hashes = [seen.item.content_hash for seen in (*sample, *rated)]
    rows, vectors = _load_rows(store, model, [*hashes, *topic_keys, *neutral_keys])
    topic_vectors = _take(vectors, rows, topic_keys)
    held_by = Neutral(neutral, _take(vectors, rows, neutral_keys))
    texts = [_text_of(seen, rows) for seen in sample]
    background = fit_background(texts, vectors, topics, topic_vectors, held_by)
    by_id = {seen.item_id: _text_of(seen, rows) for seen in rated}
    tastes = fit_tastes(ratings, by_id, texts, vectors, topics, topic_vectors, background)
    return background, topic_vectors, (tastes, settle_ratings(ratings))


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
        url=item.canonical_url,
    )


# --- trends --------------------------------------------------------------------------------------------------------


def update_trends(
    store: Store,
    topics: Sequence[Topic],
    now: datetime,
    *,
    anew: bool = False,
    embedder: TextEmbedder | None = None,
    embed: bool = True,
) -> None:
    """Count the last weeks again, or with ``anew`` all there ever were, and what is known on each topic.

    French and English phrases are joined with the help of the vectors that the ``embedder``'s model has of them, or
    is asked for if ``embed``.
    """

    def find_vectors(phrases: Sequence[str]) -> Mapping[str, NDArray[float32]]:
        return _find_phrase_vectors(store, embedder, phrases, embed=embed) if embedder else {}

    names = {topic.id: topic.name for topic in topics}
    this_week = monday_of(now.astimezone(UTC).date())
    history = store.load_history()
    first = history.began or this_week
    if not anew:
        first = max(first, min(this_week - (RECOUNTED_WEEKS - 1) * WEEK, store.load_last_week() or first))
    weeks = list_weeks(first, this_week)
    told = store.load_told(first - BEFORE * WEEK)
    phrases = count_phrases(told, find_phrases(told, find_vectors), names, weeks, history)
    store.save_weeks(None if anew else first, count_topics(told, list(names), weeks, history), phrases)
    talk, held = store.load_talk(now - TALK_WEEKS * WEEK), store.load_held(DESIGNS)
    syntheses = parse_syntheses(files("veille.trends").joinpath("syntheses.yaml").read_text("utf-8"))
    store.save_topic_evidence(build_topic_evidence(topics, talk, held, syntheses))


def _find_phrase_vectors(
    store: Store, embedder: TextEmbedder, phrases: Sequence[str], *, embed: bool
) -> dict[str, NDArray[float32]]:
    texts = {_hash_of("phrase", phrase): phrase for phrase in phrases}
    missing = store.load_missing_hashes(embedder.model, list(texts)) if embed else []
    if missing:
        store.save_vectors(embedder.model, missing, embedder.embed_passages([texts[key] for key in missing]))
    rows, vectors = _load_rows(store, embedder.model, list(texts))
    return {} if vectors is None else {texts[key]: vectors[row] for key, row in rows.items()}
