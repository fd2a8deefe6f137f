"""The scale that stories are judged by is kept, so that the order of arrival does not matter."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veille import stories
from veille.cli import run_command
from veille.linking import ENOUGH, SAMPLE, load_scale, refit, update_stories
from veille.store import Store
from veille.store.opening import open_store_in_memory
from veille.values import Bookmark, Item, Paper, short_hash

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
EVER = {"since": NOW - timedelta(days=999), "until": NOW + timedelta(days=999)}
MODEL = "m"
SUBJECTS = (
    "La Cour des comptes critique le financement de l'apprentissage",
    "Une plateforme de cours en ligne ferme ses portes à Lyon",
    "Adaptive feedback in online mathematics courses: a trial",
)


def build(number: int, title: str, **fields: object) -> Item:
    values: dict[str, object] = {
        "source_id": f"source-{number}",
        "kind": "article",
        "section": "press",
        "guid": str(number),
        "url": f"https://example.org/{number}",
        "canonical_url": f"https://example.org/{number}",
        "title": title,
        "summary": "",
        "language": "fr",
        "published_at": NOW,
        "content_hash": short_hash(title, str(number)),
        "fingerprint": title,
        **fields,
    }
    return Item(**values)  # type: ignore[arg-type]


def build_pool() -> tuple[list[Item], np.ndarray]:
    """Tellings of three things: other words, other days, another language, the same address, a mention."""
    items, rows = [], []
    directions = np.linalg.qr(np.random.default_rng(3).standard_normal((24, 24)))[0]
    for number in range(15):
        subject = number % 3
        words = SUBJECTS[subject].split()[number // 3 :]
        own = "abcdefghijklmno"[number]
        title = " ".join([own * 4, *words, own * 5, own * 6])
        fields: dict[str, object] = {"published_at": NOW + timedelta(days=number % 4 * 4)}
        if number in (4, 9):
            fields["canonical_url"] = "https://example.org/shared"
        if number in (2, 5):
            fields |= {
                "language": "en",
                "kind": "paper",
                "details": Paper(year=2026),
                "identifiers": {"doi": "10.1000/a"},
            }
        if number == 7:
            fields["summary"] = "Étude : https://doi.org/10.1000/A."
        items.append(build(number, title, **fields))
        vector = directions[subject] + number / 12 * directions[3 + number]
        rows.append(vector / np.linalg.norm(vector))
    return items, np.array(rows, dtype=np.float32)


POOL, VECTORS = build_pool()


def add(store: Store, rows: Sequence[int]) -> None:
    items = [POOL[row] for row in rows]
    store.save_pages([(item.source_id, [item], Bookmark()) for item in items], NOW)
    store.save_vectors(MODEL, [item.content_hash for item in items], VECTORS[list(rows)])
    update_stories(store, MODEL, NOW)


def tell(store: Store) -> list[object]:
    return [asdict(story) for story in store.load_stories(**EVER)]


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store_in_memory() as opened:
        yield opened


def save_full_scale(store: Store) -> None:
    """A scale that is not fitted again: with the centre of the pool, and no sample that crowds."""
    centre = VECTORS.mean(axis=0, keepdims=True)
    scale = stories.Scale(centres=centre.astype(np.float32))
    store.save_scale(MODEL, {**stories.build_record(scale), "sample": [], "fitted_to": SAMPLE}, NOW)


@cache
def tell_at_once() -> list[object]:
    with open_store_in_memory() as store:
        save_full_scale(store)
        add(store, range(len(POOL)))
        return tell(store)


def test_the_pool_has_stories_of_several_items() -> None:
    """What the next test compares is not a list of lone items."""
    sizes = [len(story["members"]) for story in tell_at_once()]  # type: ignore[index]
    assert 2 < len(sizes) < len(POOL)
    assert max(sizes) >= 3


@settings(max_examples=8, deadline=None)
@given(order=st.permutations(range(len(POOL))), cuts=st.sets(st.integers(1, len(POOL) - 1), max_size=5))
def test_stories_are_the_same_in_whatever_order_and_batches_items_come(order: list[int], cuts: set[int]) -> None:
    """Members, reasons, representatives and ids are those of one run with everything."""
    bounds = [0, *sorted(cuts), len(order)]
    with open_store_in_memory() as store:
        save_full_scale(store)
        for start, end in pairwise(bounds):
            add(store, order[start:end])
        assert tell(store) == tell_at_once()


def test_a_story_id_is_that_of_an_item_of_it(store: Store) -> None:
    """Joined stories keep the earliest id; split again, each is named after its own earliest item."""
    first, second = build(1, "Un premier titre sur le tutorat en ligne"), build(2, "Un second titre, tout autre")
    for at, item in enumerate((first, second)):
        store.save_pages([(item.source_id, [item], Bookmark())], NOW + timedelta(days=at))
        update_stories(store, MODEL, NOW)
    assert set(store.load_memberships().values()) == {first.item_id, second.item_id}
    joined = build(2, second.title, canonical_url=first.canonical_url, fingerprint="edited")
    for item, expected in ((joined, first), (second, second)):
        store.save_pages([(item.source_id, [item], Bookmark())], NOW + timedelta(days=2))
        update_stories(store, MODEL, NOW)
        assert store.load_memberships() == {first.item_id: first.item_id, second.item_id: expected.item_id}


def test_a_key_that_turns_out_to_be_a_crowds_joins_nobody(store: Store) -> None:
    """Neither those that came before the crowd was one."""
    shared = {"canonical_url": "https://example.org/"}
    crowd = [build(number, f"Titre {number} sans rapport", **shared) for number in range(stories.CROWD + 1)]
    for part in (crowd[:20], crowd[20:]):
        store.save_pages([(item.source_id, [item], Bookmark()) for item in part], NOW)
        update_stories(store, MODEL, NOW)
        told = len(set(store.load_memberships().values()))
        assert told == (1 if part == crowd[:20] else len(crowd))


def save_many(store: Store, numbers: range) -> None:
    items = [build(number, f"Titre {number} sur le sujet {number % 40}") for number in numbers]
    generator = np.random.default_rng(numbers.start)
    rows = generator.standard_normal((len(items), 24)).astype(np.float32)
    store.save_pages([(item.source_id, [item], Bookmark()) for item in items], NOW)
    store.save_vectors(MODEL, [item.content_hash for item in items], rows / np.linalg.norm(rows, axis=1, keepdims=True))
    update_stories(store, MODEL, NOW)


def test_a_scale_is_kept_once_it_rests_on_enough(store: Store) -> None:
    """Fitted at each run while the home is small, then kept until there are four times as many items, or asked for."""
    fitted = []
    for numbers in (range(50), range(50, ENOUGH + 10), range(ENOUGH + 10, ENOUGH + 90)):
        save_many(store, numbers)
        fitted.append((store.load_scale(MODEL) or {})["fitted_to"])
    assert fitted == [50, ENOUGH + 10, ENOUGH + 10]
    assert refit(store, MODEL, NOW).fitted_to == ENOUGH + 90


def test_what_other_rules_judged_is_judged_anew(store: Store) -> None:
    """A scale that was kept with other rules is fitted anew, with which every link is."""
    save_many(store, range(60))
    store.save_scale(MODEL, {**(store.load_scale(MODEL) or {}), "rules": 0}, NOW)
    save_many(store, range(60, 61))
    assert (store.load_scale(MODEL) or {})["rules"] == stories.RULES
    assert store.load_unlinked(MODEL) == []


def test_a_kept_scale_is_used_as_it_was_fitted(store: Store) -> None:
    """What is read back gives the same closeness in each run."""
    save_many(store, range(60))
    first, second = load_scale(store, MODEL), load_scale(store, MODEL)
    assert np.array_equal(first.sample, second.sample)
    assert len(first.sample) == 60
    assert first.stretch == second.stretch


def test_a_run_that_died_is_made_up_for(store: Store) -> None:
    """Items whose links were saved, but not yet their stories, are told by the next run."""
    add(store, range(6))
    store.save_pages([(POOL[9].source_id, [POOL[9]], Bookmark())], NOW)
    store.save_links([POOL[9].item_id], [])
    update_stories(store, MODEL, NOW)
    assert POOL[9].item_id in store.load_memberships()


HOME = """organisation: {name: Essai}
topics: [{id: t, name: Apprentissage, keywords: [apprentissage]}]
digests: [{id: d}]
"""


def test_calibrate_says_what_it_came_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command fits, publishes and says the thresholds, in words and as JSON."""
    (tmp_path / "organisation.yaml").write_text(HOME, "utf-8")
    (tmp_path / "sources.yaml").write_text("sources: []\n", "utf-8")
    assert run_command(["--home", str(tmp_path), "--json", "calibrate"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["thresholds"] == {"near": 0.35, "translation": 0.35, "same_event": 0.8, "twin": 0.8}
    assert (said["stories"], said["items_moved"]) == (0, 0)
    assert (tmp_path / "data" / "veille.duckdb").exists()
    assert run_command(["--home", str(tmp_path), "calibrate"]) == 0
    assert "near: cosine 0.350" in capsys.readouterr().out
