"""How long ranking takes: 5,000 stories for 20 topics, and the fit of the background over 2,000 items. Medians of five.

python bench/rank.py
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from importlib.resources import files

import numpy as np

from veille.config import Topic
from veille.rank import rank_stories
from veille.rank.background import Neutral, parse_neutral
from veille.rank.fitting import fit_background
from veille.rank.reading import Candidate, ItemText
from veille.store import open_store_in_memory

STORIES, SAMPLE, TOPICS, DIMENSIONS, RUNS = 5000, 2000, 20, 384, 5


def build_texts(chance: random.Random, sentences: tuple[str, ...]) -> list[ItemText]:
    """Items of about sixty words, as feeds have; made-up words give the vocabulary its real size."""
    invented = ["".join(chance.choices("abdeilmnorstu", k=chance.randint(4, 10))) for _ in range(20_000)]
    return [
        ItemText(
            str(row),
            chance.choice(sentences),
            " ".join([*chance.choices(sentences, k=3), *chance.choices(invented, k=20)]),
            source_id=f"source-{row % 50}",
            row=row,
        )
        for row in range(STORIES)
    ]


def build_unit(chance: np.random.Generator, rows: int) -> np.ndarray:
    values = chance.normal(size=(rows, DIMENSIONS)).astype(np.float32) + 2
    unit: np.ndarray = values / np.linalg.norm(values, axis=1, keepdims=True)
    return unit


def measure(name: str, run: Callable[[], object]) -> None:
    walls, cpus = [], []
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    print(f"{name:32s} {statistics.median(walls):.3f} s, {statistics.median(cpus):.3f} s of CPU")


def main() -> None:
    chance, numbers = random.Random(1), np.random.default_rng(1)
    sentences = parse_neutral(files("veille.rank").joinpath("background.txt").read_text(encoding="utf-8"))
    texts = build_texts(chance, sentences)
    topics = [
        Topic(
            id=f"t{i}",
            name=chance.choice(sentences),
            description=" ".join(chance.choices(sentences, k=2)),
            keywords=tuple(chance.choice(sentences).split()[1] for _ in range(6)),
            exclude=("dragon",),
        )
        for i in range(TOPICS)
    ]
    vectors, topic_vectors = build_unit(numbers, STORIES), build_unit(numbers, TOPICS)
    neutral = Neutral(sentences, build_unit(numbers, len(sentences)))
    background = fit_background(texts, vectors, topics, topic_vectors, neutral)
    candidates = [Candidate(item.item_id, (item,)) for item in texts]
    measure(
        f"rank {STORIES} stories, {TOPICS} topics",
        lambda: rank_stories(candidates, vectors, topics, topic_vectors, background),
    )
    sample = texts[:SAMPLE]
    measure(f"fit over {SAMPLE} items", lambda: fit_background(sample, vectors, topics, topic_vectors, neutral))
    scores = rank_stories(candidates, vectors, topics, topic_vectors, background)
    with open_store_in_memory() as store:
        measure(f"save {len(scores)} scores", lambda: store.save_scores(scores, "bench"))


if __name__ == "__main__":
    main()
