"""`veille collect` beside the `reader` library, as whole processes: nothing new, and everything new.

    .venv/bin/python bench/collect.py            # both cases; reader goes into bench/.venv at the first run
    .venv/bin/python bench/collect.py --runs 3 --case idle

Idle: 50 feeds that all answer 304. Bulk: 500 feeds of 60 entries, all new, without embedding, with and without 200 ms
of latency an answer; then also what `curl -Z` needs for the transfer alone. CPU seconds count every process of a run,
those that its parsing leaves behind included; memory is the sum over the processes of a run at its highest, sampled.
Medians, and ratios to the peer measured in the same run.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection

HERE = Path(__file__).parent
PEER = HERE / ".venv"
PEER_PACKAGES = ("reader==3.26", "sgmllib3k", "feedparser==6.0.14")
PEER_CODE = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
if sys.argv[2] == "add":
    for url in sys.argv[3:]: reader.add_feed(url, exist_ok=True)
else:
    reader.update_feeds(workers=20, scheduled=False)
"""


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float
    megabytes: float


ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)


def measure(command: list[str]) -> Cost:
    """Seconds and memory of a command and its children.

    A fork server is left behind by whoever started it, and its workers' seconds with it: this process adopts it, so
    that they are counted.
    """
    ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
    others = {pid for pid in descendants(os.getpid()) if pid != os.getpid()}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    highest = [0.0]
    watch = threading.Thread(target=watch_memory, args=(process, highest))
    watch.start()
    _, errors = process.communicate()
    wall = time.perf_counter() - started
    watch.join()
    for orphan in set(descendants(os.getpid())) - others - {os.getpid()}:
        with suppress(ChildProcessError):
            os.waitpid(orphan, 0)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)[:200]} left with {process.returncode}: {errors.decode()[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, highest[0])


def watch_memory(process: subprocess.Popen[bytes], highest: list[float]) -> None:
    while process.poll() is None:
        total = sum(resident(pid) for pid in descendants(process.pid))
        highest[0] = max(highest[0], total)
        time.sleep(0.02)


def descendants(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def resident(pid: int) -> float:
    """Megabytes of this process that it does not share, and its part of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    except (OSError, StopIteration):
        return 0.0


@contextmanager
def serving(port: int, feeds: int, entries: int, latency: float) -> Iterator[list[str]]:
    options = ["--port", port, "--feeds", feeds, "--entries", entries, "--latency", latency]
    server = subprocess.Popen([sys.executable, str(HERE / "feeds.py"), *map(str, options)])
    try:
        for _ in range(200):
            try:
                create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        yield [f"http://127.0.0.1:{port}/feed/{number}" for number in range(feeds)]
    finally:
        server.terminate()
        server.wait()


def write_home(home: Path, urls: list[str], port: int) -> None:
    home.mkdir(parents=True)
    (home / "organisation.yaml").write_text(
        "organisation: {name: Bench}\n"
        "topics: [{id: ia, name: IA générative en formation, keywords: [generative]}, {id: reforme, name: Réforme}]\n"
        f"digests: [{{id: hebdo}}]\nnetwork: {{allow_private: ['127.0.0.1:{port}']}}\n"
    )
    rows = [f"  - {{id: s{n}, kind: rss, url: '{url}'}}" for n, url in enumerate(urls)]
    (home / "sources.yaml").write_text("sources:\n" + "\n".join(rows) + "\n")


def open_peer() -> str:
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEER_PACKAGES], check=True)
    return str(python)


def veille(home: Path) -> list[str]:
    command = [str(Path(sys.executable).with_name("veille")), "--home", str(home), "-q", "collect", "--no-embed"]
    return [*command, "--now", "2026-03-02T06:00+00:00"]


def peer(database: Path, *arguments: str) -> list[str]:
    return [open_peer(), "-c", PEER_CODE, str(database), *arguments]


def tell(name: str, costs: list[Cost]) -> Cost:
    middle = Cost(
        *(statistics.median(getattr(cost, field) for cost in costs) for field in ("wall", "cpu", "megabytes"))
    )
    print(f"  {name:28} wall {middle.wall:6.2f} s   cpu {middle.cpu:6.2f} s   memory {middle.megabytes:5.0f} MB")
    return middle


def bench_idle(folder: Path, runs: int) -> None:
    with serving(8900, 50, 60, 0.0) as urls:
        write_home(folder / "idle", urls, 8900)
        subprocess.run(peer(folder / "idle.sqlite", "add", *urls), check=True)
        measure(veille(folder / "idle"))
        measure(peer(folder / "idle.sqlite", "update"))
        pairs = [
            (measure(veille(folder / "idle")), measure(peer(folder / "idle.sqlite", "update"))) for _ in range(runs)
        ]
    print("50 feeds, nothing new:")
    ours, theirs = tell("veille collect", [a for a, _ in pairs]), tell("reader", [b for _, b in pairs])
    print(f"  ratio of wall {ours.wall / theirs.wall:.2f}, of cpu {ours.cpu / theirs.cpu:.2f}")


def bench_bulk(folder: Path, runs: int, latency: float) -> None:
    ours, theirs, transfers = [], [], []
    with serving(8901, 500, 60, latency) as urls:
        for run in range(runs):
            home, database = folder / f"bulk-{latency}-{run}", folder / f"bulk-{latency}-{run}.sqlite"
            write_home(home, urls, 8901)
            ours.append(measure(veille(home)))
            if latency:
                transfers.append(measure(["curl", "-sZ", "--parallel-max", "50", *urls]))
            else:
                subprocess.run(peer(database, "add", *urls), check=True)
                theirs.append(measure(peer(database, "update")))
    print(f"500 feeds of 60 entries, latency {latency} s:")
    mine = tell("veille collect --no-embed", ours)
    if theirs:
        other = tell("reader", theirs)
        print(f"  ratio of cpu {mine.cpu / other.cpu:.2f}, of wall {mine.wall / other.wall:.2f}")
    if transfers:
        tell("curl -Z, transfer alone", transfers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--case", choices=("idle", "bulk", "all"), default="all")
    args = parser.parse_args()
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):  # as installed: modules are compiled once
        os.environ.pop(name, None)
    folder = Path(tempfile.mkdtemp(prefix="veille-bench-"))
    try:
        if args.case in ("idle", "all"):
            bench_idle(folder, max(args.runs, 5))
        if args.case in ("bulk", "all"):
            bench_bulk(folder, args.runs, 0.0)
            bench_bulk(folder, args.runs, 0.2)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
