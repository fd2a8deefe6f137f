"""How much of a text is worth embedding: rankings by the characters of the summary that a vector stands for.

    python bench/recipe.py FILE... [--characters 0 300 600 5000]

Prints nDCG@10 and AUC of `veille eval ranking` for each file, their means, and what embedding cost: the processor's
seconds a thousand texts. Vectors are kept, so only a first run tells the cost.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from veille.config import Embedding
from veille.embed import Embedder, open_embedder, recipe
from veille.evaluate import Setting, measure_ranking
from veille.evaluate.vectors import RememberingEmbedder


class TimedEmbedder:
    """An embedder that counts what it embeds and the processor's time that this takes."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.model = embedder.model
        self.texts, self.seconds = 0, 0.0

    def embed_passages(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        started = time.process_time()
        vectors = self._embedder.embed_passages(texts, on_progress)
        self.seconds += time.process_time() - started
        self.texts += len(texts)
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embedder.embed_queries(texts)


def measure_recipe(characters: int, files: Sequence[Path], embedder: Embedder) -> None:
    recipe.SUMMARY_CHARACTERS = characters
    timed = TimedEmbedder(embedder)
    setting = Setting(RememberingEmbedder(timed), datetime.now(UTC))
    found = []
    for file in files:
        figures = measure_ranking(file.read_text("utf-8"), setting).figures
        found.append((figures["ndcg10"], figures["auc"]))
        print(f"{characters:6} {file.name:40} nDCG@10 {found[-1][0]:.3f}  AUC {found[-1][1]:.3f}", flush=True)
    cost = f"{1000 * timed.seconds / timed.texts:.1f} s a thousand texts" if timed.texts else "all vectors were kept"
    ndcg, auc = np.mean(found, axis=0)
    print(f"{characters:6} {'mean':40} nDCG@10 {ndcg:.3f}  AUC {auc:.3f}  {cost}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--characters", nargs="+", type=int, default=[0, 300, 600, 5000])
    arguments = parser.parse_args()
    embedder = open_embedder(Embedding())
    embedder.embed_passages(["warm"])  # loading is not what is measured
    for characters in arguments.characters:
        measure_recipe(characters, arguments.files, embedder)


if __name__ == "__main__":
    main()
