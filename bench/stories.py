"""Stories: how long a run links 2,000 new items against 100,000 old ones, and 30,000 items without vectors.

    python bench/stories.py [OLD]

The way of a collection, in a store of its own; each round brings another 2,000 items, every second of which is close to
an old one. Beside it, in the same round, what the product of all their vectors takes alone, in blocks. How good stories
are, `veille eval stories FILE` says.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from veille.linking import update_stories
from veille.store import Store, open_store
from veille.values import Bookmark, Item, short_hash

START = datetime(2026, 3, 2, tzinfo=UTC)
NEW, ROUNDS, DIMENSIONS, SOURCES, MODEL = 2_000, 3, 384, 500, "bench"
WORDS = [f"mot{number}" for number in range(5_000)]

Vectors = NDArray[np.float32]


def build_item(number: int, chance: np.random.Generator) -> Item:
    title = " ".join(WORDS[pick] for pick in chance.integers(0, len(WORDS), 9))
    url = f"https://source-{number % SOURCES}.example/{number}"
    mark = short_hash(title, str(number))
    return Item(
        f"source-{number % SOURCES}", "article", "press", url, url, url, title, "", language="fr", content_hash=mark,
        published_at=START + timedelta(minutes=number % 10_000), fingerprint=mark,
    )  # fmt: skip


def save(store: Store, first: int, vectors: Vectors, chance: np.random.Generator) -> None:
    items = [build_item(first + number, chance) for number in range(len(vectors))]
    store.save_pages([(items[0].source_id, items, Bookmark())], START)
    store.save_vectors(MODEL, [item.content_hash for item in items], vectors)


def build_unit(chance: np.random.Generator, rows: int) -> Vectors:
    return normalise(chance.standard_normal((rows, DIMENSIONS), dtype=np.float32))


def normalise(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def link(store: Store, model: str) -> float:
    started = time.perf_counter()
    update_stories(store, model, START)
    return time.perf_counter() - started


def multiply(new: Vectors, held: list[Vectors]) -> float:
    started = time.perf_counter()
    for vectors in held:
        for start in range(0, len(vectors), 1_000):
            new @ vectors[start : start + 1_000].T
    return time.perf_counter() - started


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    chance = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        held = [build_unit(chance, 5_000) for _ in range(count // 5_000)]
        for part, vectors in enumerate(held):
            save(store, part * 5_000, vectors, chance)
        link(store, MODEL)
        seconds, products = [], []
        for turn in range(ROUNDS):
            vectors = build_unit(chance, NEW)
            vectors[::2] = normalise(held[turn][: NEW // 2] + 0.3 * vectors[::2])
            save(store, count + turn * NEW, vectors, chance)
            products.append(multiply(vectors, held))
            seconds.append(link(store, MODEL))
        middle, product = statistics.median(seconds), statistics.median(products)
        print(f"{NEW} new against {count} old: {middle:.2f} s (worst {max(seconds):.2f} s)")
        print(f"  the product of their vectors alone: {product:.2f} s, ratio {middle / product:.2f}")
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        items = [build_item(number, chance) for number in range(30_000)]
        store.save_pages([(items[0].source_id, items, Bookmark())], START)
        print(f"30,000 items without vectors: {link(store, MODEL):.2f} s")


if __name__ == "__main__":
    main()
