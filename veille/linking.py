"""New items join the stories that tell the same, on top of what is known; the scale by which they are judged is kept.

A link is a question of two items and the scale, a story one of its items and their links. So as long as the scale
stays, it is all the same in which order and in how many runs the items came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from veille import stories
from veille.store import Store

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

T = TypeVar("T")

SAMPLE = 2_000  # items that a scale is fitted to; with so many it stays until `veille calibrate`
ENOUGH = 500  # with fewer it is fitted at each run, and everything judged again, which takes no time then
AT_ONCE = 5_000  # items read together, however many are new
WORDS = ""  # the name of the scale where no text has a vector


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a new fit of the scale came to, and what it changed."""

    model: str
    fitted_to: int  # items
    thresholds: Mapping[str, float]  # as plain centred cosines of this model
    thresholds_before: Mapping[str, float]
    stories: int
    stories_before: int
    items_moved: int  # that are told by another story now


def refit(store: Store, model: str, now: datetime) -> Fitted:
    """Fit the scale to what is collected, and judge everything anew by it."""
    name = _name_scale(store, model)
    before, held = store.load_memberships(), load_scale(store, name)
    update_stories(store, model, now, anew=True)
    after = store.load_memberships()
    return Fitted(
        model=model,
        fitted_to=(store.load_scale(name) or {}).get("fitted_to", 0),
        thresholds=stories.find_thresholds(load_scale(store, name)),
        thresholds_before=stories.find_thresholds(held),
        stories=len(set(after.values())),
        stories_before=len(set(before.values())),
        items_moved=sum(after.get(item_id) != story_id for item_id, story_id in before.items()),
    )


def update_stories(store: Store, model: str, now: datetime, *, anew: bool = False) -> int:
    """New, edited and newly embedded items join the stories that tell the same; how many stories are new.

    ``anew`` fits the scale first, and judges everything by it.
    """
    new = _save_keys(store, store.load_unlinked(model))
    if not new and not anew:
        return 0
    scale_model = _name_scale(store, model)
    if _fit_if_due(store, scale_model, now, anew):
        new = store.load_unlinked(model)
    scale = load_scale(store, scale_model)
    neighbours = _Neighbours(store, model, scale) if scale_model == model else None
    waiting = set(new)
    for part in _split(new):
        waiting.difference_update(part)
        near = neighbours.find(part) if neighbours else {}
        pairs = {pair for pair in (*near, *store.load_pairs(part)) if waiting.isdisjoint(pair)}  # each once
        paired = store.load_items(item_ids=sorted({item_id for pair in pairs for item_id in pair}))
        store.save_links(part, stories.judge_pairs(pairs, {seen.item_id: seen for seen in paired}, near, scale))
    made = sum(_tell(store, groups, now) for groups in _find_groups(store, new))
    for part in _split(new):
        store.save_placed(part)
    return made


def _split(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    """Parts small enough that what is read for one of them stays small, however much is new."""
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _save_keys(store: Store, new: Sequence[str]) -> list[str]:
    """Keep the keys of new items; they, and who shares a key that becomes, or no longer is, one of a crowd."""
    if not new:
        return []
    before = store.load_crowded(stories.CROWD)
    for part in _split(new):
        store.save_keys({seen.item_id: stories.identity_keys(seen.item) for seen in store.load_items(item_ids=part)})
    turned = before ^ store.load_crowded(stories.CROWD)
    return list(dict.fromkeys([*new, *store.load_holders(sorted(turned))]))


# --- the scale -----------------------------------------------------------------------------------------------------


def _name_scale(store: Store, model: str) -> str:
    return model if store.has_places(model) else WORDS


def _fit_if_due(store: Store, model: str, now: datetime, anew: bool) -> bool:
    """Fit and keep a scale where there is none, or the one there is rests on too little or on other rules; whether
    that was so."""
    held = store.load_scale(model)
    anew = anew or held is None or held.get("rules") != stories.RULES
    if held and not anew and held["fitted_to"] >= SAMPLE:
        return False
    sample = store.load_sample(SAMPLE)
    hashes, matrix = store.load_vectors(model, hashes=[seen.item.content_hash for seen in sample])
    row_of = {content_hash: row for row, content_hash in enumerate(hashes)}
    placed = {
        seen.item.content_hash: seen.item for seen in sample if model == WORDS or seen.item.content_hash in row_of
    }
    if held and not anew and not _is_due(held["fitted_to"], len(placed)):
        return False
    vectors = matrix[[row_of[key] for key in placed]] if hashes else None
    scale = stories.fit_scale(list(placed.values()), vectors)
    record = {**stories.build_record(scale), "sample": hashes, "fitted_to": len(placed), "rules": stories.RULES}
    store.save_scale(model, record, now)
    return True


def _is_due(fitted_to: int, held: int) -> bool:
    return held != fitted_to and (fitted_to < ENOUGH or held >= min(SAMPLE, 4 * fitted_to))


def load_scale(store: Store, model: str) -> stories.Scale:
    """The scale that was kept, as it is used: the same in each run."""
    held = store.load_scale(model)
    if held is None:
        return stories.PLAIN
    _, sample = store.load_vectors(model, hashes=held["sample"])
    return stories.parse_record(held, sample)


# --- neighbours ----------------------------------------------------------------------------------------------------


class _Neighbours:
    """The vectors of all items, and what surrounds each, read once for a run."""

    def __init__(self, store: Store, model: str, scale: stories.Scale) -> None:
        self._scale = scale
        self._ids, self._vectors = store.load_vector_index(model)
        self._row_of = {item_id: row for row, item_id in enumerate(self._ids)}
        self._measure_crowding(store, model)
        self._ground = _build_ground(store.load_ground(model))

    def _measure_crowding(self, store: Store, model: str) -> None:
        for part in _split(store.load_uncrowded(model)):
            vectors = self._vectors[[self._row_of[item_id] for _, item_id in part]]
            crowding = stories.measure_crowding(stories.centre(vectors, self._scale), self._scale)
            store.save_crowding(model, [content_hash for content_hash, _ in part], crowding)

    def find(self, new: Sequence[str]) -> dict[tuple[str, str], stories.Near]:
        rows = [self._row_of[item_id] for item_id in new if item_id in self._row_of]
        if not rows:
            return {}
        return {
            (min(pair), max(pair)): near
            for one, other, near in stories.find_neighbours(rows, self._vectors, self._ground, self._scale)
            if (pair := (self._ids[one], self._ids[other]))
        }


def _build_ground(columns: dict[str, Any]) -> stories.Ground:
    import numpy as np

    codes = {language: number for number, language in enumerate(sorted(set(columns["language"])))}
    languages = np.array([codes[language] for language in columns["language"]], dtype=np.int16)
    return stories.Ground(columns["crowding"], languages, columns["days"], columns["paper"])


# --- stories -------------------------------------------------------------------------------------------------------


def _find_groups(store: Store, new: Sequence[str]) -> Iterator[list[list[str]]]:
    """What hangs together with these items, some groups at a time."""
    fresh = set(new)
    waiting: list[list[str]] = []
    items = 0
    for group in stories.join_pairs(new, store.load_edges()):
        if fresh.isdisjoint(group):
            continue
        waiting.append(group)
        items += len(group)
        if items >= AT_ONCE:
            yield waiting
            waiting, items = [], 0
    yield waiting


def _tell(store: Store, groups: Sequence[Sequence[str]], now: datetime) -> int:
    """Build and keep the stories of these groups; how many were not there before."""
    lone = [group[0] for group in groups if len(group) == 1]
    made = store.save_lone_stories(lone, now) if lone else 0
    touched = [item_id for group in groups if len(group) > 1 for item_id in group]
    if not touched:
        return made
    items = store.load_items(item_ids=touched)
    told = stories.build_stories(items, store.load_links(touched))
    return made + store.save_stories(touched, told, now)
