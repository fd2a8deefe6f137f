"""How long an issue of 60 entries takes from a store of some thousand items, and its parts. Medians of five.

python bench/digest.py [ITEMS]

Vectors are random, so that no model is loaded: embedding is not part of it. Half of the items name a topic's keyword.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import numpy as np

from veille.analyse import RANKED_PERIOD, embed_new, rank_known, update_scores, update_stories
from veille.config import Audience, Config, Organisation, Source, Topic
from veille.home import Home
from veille.issue import _build, _build_links, make_issues
from veille.rank.background import parse_neutral
from veille.render import render_html, render_json, render_text
from veille.store import Store, open_store
from veille.values import Bookmark, Item, short_hash

NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
TOPICS, SOURCES, PLACES, RUNS, DIMENSIONS = 6, 50, 10, 5, 384


class RandomEmbedder:
    """A vector of its own for every text."""

    model = "random"

    def embed_passages(self, texts: Sequence[str], _on_progress: Callable[[int], None] | None = None) -> np.ndarray:
        rows = [np.random.default_rng(int(short_hash(text)[:8], 16)).normal(size=DIMENSIONS) for text in texts]
        values = np.array(rows, dtype=np.float32)
        unit: np.ndarray = values / np.linalg.norm(values, axis=1, keepdims=True)
        return unit

    embed_queries = embed_passages


def build_config() -> Config:
    topics = [
        Topic(id=f"sujet-{n}", name=f"Le sujet {name}", description=f"Ce que l’on sait de {name}.", keywords=(name,))
        for n, name in enumerate(("tutorat", "compagnonnage", "mentorat", "alternance", "validation", "simulation"))
    ]
    sources = [
        Source(id=f"source-{n:02d}", kind="rss", url=f"https://source-{n:02d}.example/fil", section="press")
        for n in range(SOURCES)
    ]
    audience = Audience(id="equipe", title="Veille", language="fr", items_per_topic=PLACES, to=("a@example.org",))
    return Config(
        organisation=Organisation(name="Université Exemple"), topics=topics, digests=[audience], sources=sources
    )  # fmt: skip


def build_item(number: int, config: Config, chance: random.Random, sentences: Sequence[str]) -> Item:
    source = config.sources[number % SOURCES]
    topic = config.topics[number % TOPICS].keywords[0] if number % 2 else "autre chose"
    title = f"{chance.choice(sentences)} {topic} {number}"
    summary = " ".join([*chance.choices(sentences, k=6), f"On y parle de {topic}.", *chance.choices(sentences, k=3)])
    url = f"https://{source.id}.example/{number}"
    mark = short_hash(title, summary)
    return Item(
        source.id, "article", "press", url, url, url, title, summary, language="fr",
        published_at=NOW - timedelta(hours=number % 160), content_hash=mark, fingerprint=mark,
    )  # fmt: skip


def fill(store: Store, config: Config, count: int) -> None:
    chance = random.Random(1)
    sentences = parse_neutral(files("veille.rank").joinpath("background.txt").read_text(encoding="utf-8"))
    items = [build_item(number, config, chance, sentences) for number in range(count)]
    pages = [
        (source.id, [item for item in items if item.source_id == source.id], Bookmark()) for source in config.sources
    ]
    store.sync_sources(config.sources, NOW)
    store.save_pages(pages, NOW - timedelta(hours=2))
    embed_new(store, RandomEmbedder(), config.topics, lambda _done, _of: None)
    update_stories(store, RandomEmbedder.model, NOW)
    update_scores(store, config.topics, RandomEmbedder.model, "bench", NOW)


def report(name: str, run: Callable[[], object]) -> None:
    walls, cpus = [], []
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    print(f"{name:20} {statistics.median(walls):.3f} s, {statistics.median(cpus):.3f} s of CPU")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    config, model = build_config(), RandomEmbedder.model
    audience = config.digests[0]
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "data") as store:
        home = Home(Path(folder))
        fill(store, config, count)
        known = store.load_stories(since=NOW - RANKED_PERIOD, until=NOW)
        ranked = rank_known(store, config.topics, model, known, NOW)
        digest = _build(config, store, audience, ranked, NOW)
        links = _build_links(home, config, digest)
        size = len(render_html(digest, links).encode())
        print(f"{len(known)} stories of {count} items, {len(digest.entries)} entries, {size} bytes of HTML")
        report("all: make_issues", lambda: make_issues(home, config, store, model, [audience], NOW))
        report("load stories", lambda: store.load_stories(since=NOW - RANKED_PERIOD, until=NOW))
        report("rank", lambda: rank_known(store, config.topics, model, known, NOW))
        report("choose and place", lambda: _build(config, store, audience, ranked, NOW))
        report("HTML", lambda: render_html(digest, links))
        report("text", lambda: render_text(digest, links))
        report("JSON", lambda: render_json(digest))


if __name__ == "__main__":
    main()
