"""What large hostile answers cost, with the limits as they are: memory of all processes and time.

python bench/hostile.py [--sources 24]

Each source serves one of a few documents that are as large as an answer may be (10 MiB decoded) or much larger.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.hostile import HEAD, HTML, Case, bomb, endless, item, open_hostile, reply  # noqa: E402
from tests.test_hostile_web import NOW, build_config  # noqa: E402
from veille.collect import collect_sources, open_collector  # noqa: E402
from veille.store import open_store  # noqa: E402

HEAD_BYTES = HEAD.encode()
DOCUMENTS = {
    "feed-of-50-mb": Case(endless(reply(HEAD_BYTES, length=False), item(1, text="mot " * 300).encode() * 8), ""),
    "tiny-entries": Case(
        reply(
            HEAD_BYTES + b"".join(b"<item><title>t%d</title><guid>%d</guid></item>" % (n, n) for n in range(100_000))
        ),
        "",
    ),
    "empty-entries": Case(reply(HEAD_BYTES + b"<item/>" * 1_400_000), ""),
    "tiny-elements": Case(reply(HEAD_BYTES + b"<a/>" * 2_500_000 + b"</channel></rss>"), ""),
    "attributes": Case(reply(HEAD_BYTES + b"<item " + b" ".join(b"a%d='1'" % n for n in range(800_000)) + b"/>"), ""),
    "zeros": Case(reply(bomb(50), Content_Encoding="gzip"), ""),
    "gzip-of-a-feed": Case(reply(gzip.compress(HEAD_BYTES + item(1).encode() * 200_000), Content_Encoding="gzip"), ""),
    "deep": Case(reply(HEAD_BYTES + b"<a>" * 3_000_000), ""),
    "page": Case(reply(HTML + b"<div>" * 1_000_000, kind="text/html"), "", kind="page"),
    "json": Case(reply(b'{"items": [' + b"{}," * 3_000_000 + b"{}]}", kind="application/json"), ""),
}


def measure_tree(pid: int) -> int:
    """Resident memory of a process and all below it, in MiB; what they share is counted once for each."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in listed.splitlines()]
    family = {pid}
    for _ in range(5):
        family |= {own for own, parent, _ in rows if parent in family}
    return sum(rss for own, _, rss in rows if own in family) >> 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=24)
    count = parser.parse_args().sources
    names = list(DOCUMENTS)
    cases = {f"{names[n % len(names)]}-{n}": DOCUMENTS[names[n % len(names)]] for n in range(count)}
    peak = [0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            peak[0] = max(peak[0], measure_tree(os.getpid()))

    with open_hostile(cases) as web, tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        config = build_config(web, cases)
        store.sync_sources(config.sources, NOW)
        before = measure_tree(os.getpid())
        threading.Thread(target=watch, daemon=True).start()

        async def collect_all() -> None:
            async with open_collector(config, store, NOW, lambda _: None, lambda _: None) as collector:
                for fetch in await collect_sources(collector, config.pick_sources()):
                    read = f"{fetch.bytes:9} bytes {fetch.outcome:7} {fetch.items_new:6} new"
                    print(f"{fetch.source_id:20} {fetch.seconds:6.1f} s {read} {fetch.error}"[:150])

        started = time.monotonic()
        asyncio.run(collect_all())
        done.set()
        seconds = time.monotonic() - started
        print(f"{count} sources, {seconds:.0f} s, {before} MiB before, at most {peak[0] - before} MiB more")


if __name__ == "__main__":
    main()
