"""How long it takes to publish a store of 100,000 items with vectors, and to load the vectors: medians of several runs.

python bench/publish.py [ITEMS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from veille.store import Store, open_published, open_store
from veille.values import Bookmark, Item, short_hash

START = datetime(2026, 1, 1, tzinfo=UTC)
PAGE, DIMENSIONS, RUNS = 50, 384, 5


def build_items(source_id: str) -> list[Item]:
    return [build_item(source_id, f"https://{source_id}.example/{number}") for number in range(PAGE)]


def build_item(source_id: str, url: str) -> Item:
    mark = short_hash(url)
    summary = " ".join(short_hash(mark, str(number)) for number in range(12))
    return Item(
        source_id, "article", "press", url, url, url, f"Le titre de {mark}", summary, language="fr",
        published_at=START, identifiers={"doi": f"10.1000/{mark[:7]}"}, content_hash=mark, fingerprint=mark,
    )  # fmt: skip


def fill(store: Store, count: int) -> None:
    random = np.random.default_rng(1)
    for first in range(0, count, PAGE * 40):
        sources = [f"s{number}" for number in range(first // PAGE, min(count, first + PAGE * 40) // PAGE)]
        pages = [(source_id, build_items(source_id), Bookmark()) for source_id in sources]
        store.save_pages(pages, START + timedelta(minutes=first))
        hashes = [item.content_hash for _, items, _ in pages for item in items]
        vectors = random.standard_normal((len(hashes), DIMENSIONS), dtype=np.float32)
        store.save_vectors("model", hashes, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def report(name: str, run: Callable[[], object]) -> None:
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    print(f"{name:28} {statistics.median(seconds):7.3f} s   (worst {max(seconds):.3f})")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        started = time.perf_counter()
        fill(store, count)
        print(f"{'filled':28} {time.perf_counter() - started:7.3f} s")
        report("publish", store.publish)
        print(f"{'published size':28} {(Path(folder) / 'veille.duckdb').stat().st_size / 1e6:7.0f} MB")
        report("load_vectors", lambda: store.load_vectors("model"))
        report("load_vector_index", lambda: store.load_vector_index("model"))
        report("load_unlinked of all", lambda: len(store.load_unlinked("model")))
        report("open_published", lambda: open_published(Path(folder)).close())
        with open_published(Path(folder)) as reader:
            for view in ("items", "stories", "sources"):
                report(f"count {view}", reader.sql(f"SELECT * FROM {view}").fetchnumpy)


if __name__ == "__main__":
    main()
