"""Stories: the time that linking takes, for 2,000 new items against 100,000 old ones, and 30,000 without vectors.

    python bench/stories.py

How good they are, `veille eval stories FILE` says.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from veille.stories import Near, Scale, build_stories, find_close, find_links, fit_scale
from veille.values import Item, SeenItem, short_hash

SEEN_AT = datetime(2026, 3, 2, tzinfo=UTC)


def build_seen(name: str, title: str) -> SeenItem:
    item = Item(
        source_id=f"source-{name}",
        kind="article",
        section="press",
        guid=name,
        url="",
        canonical_url="",
        title=title,
        summary="",
        language="fr",
        content_hash=short_hash(title),
    )
    return SeenItem(item, SEEN_AT, SEEN_AT)


def build_random(count: int, prefix: str, generator: np.random.Generator) -> list[SeenItem]:
    words = [f"mot{number}" for number in range(5000)]
    picks = generator.integers(0, len(words), (count, 9))
    return [build_seen(f"{prefix}{number}", " ".join(words[pick] for pick in row)) for number, row in enumerate(picks)]


def main(repeats: int = 3) -> None:
    generator = np.random.default_rng(7)
    old, new = build_random(100_000, "old", generator), build_random(2000, "new", generator)
    every = generator.standard_normal((102_000, 384), dtype=np.float32)
    every /= np.linalg.norm(every, axis=1, keepdims=True)
    # Every second new item is close to an old one.
    every[-2000::2] = every[:1000] + 0.3 * every[-2000::2]
    every /= np.linalg.norm(every, axis=1, keepdims=True)
    seen = old + new
    scale = fit_scale([one.item for one in seen], every)
    print("2,000 new against 100,000 old:", format_times([time_increment(seen, every, scale) for _ in range(repeats)]))
    first = [time_without_vectors(old[:30_000]) for _ in range(repeats)]
    print("30,000 items without vectors:", format_times(first))


def time_increment(seen: Sequence[SeenItem], every: np.ndarray, scale: Scale) -> float:
    started = time.perf_counter()
    new = seen[-2000:]
    close = find_close(every[-2000:], every, scale)
    near: dict[tuple[str, str], Near] = {}
    others: dict[str, SeenItem] = {}
    for row, column, value in close:
        one, other = sorted((new[row].item_id, seen[column].item_id))
        if one != other:
            near[one, other] = value
            others[seen[column].item_id] = seen[column]
    links = find_links(new, list(others.values()), near, scale)
    build_stories([*new, *others.values()], links)
    return time.perf_counter() - started


def time_without_vectors(seen: Sequence[SeenItem]) -> float:
    started = time.process_time()
    build_stories(seen, find_links(seen, [], {}, fit_scale([one.item for one in seen])))
    return time.process_time() - started


def format_times(seconds: Sequence[float]) -> str:
    return f"median {statistics.median(seconds):.2f} s of {', '.join(f'{value:.2f}' for value in seconds)}"


if __name__ == "__main__":
    main()
