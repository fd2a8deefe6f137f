"""Five simulated years: a collection and a digest a week, by an injected clock; what a run costs at the end of it.

    .venv/bin/python -m bench.years [--weeks 260] [--sources 100] [--new 3]

Each source is a feed on loopback that shows its last 20 entries and has ``--new`` more a week; some of them tell what
another one told, some are edited. Nothing is embedded. Prints a line every 13 weeks: median seconds of CPU and peak
memory of a run in its own process, items and bytes of the store; then the figures of the last year over those of the
first, at most 2 for time and memory, and the bytes an item half-way and at the end. Leaves with 1 where it is not so.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.loopback import LoopbackWeb, build_rss, open_web, write_home
from tests.smtp import open_clerk
from veille.store import load_rows, open_published

BEGAN = datetime(2026, 3, 2, 6, 0, tzinfo=ZoneInfo("Europe/Paris"))
SHOWN = 20
WORDS = """apprentis bilans jurys stages tuteurs contrats référents Qualiopi CPF compétences évaluation certification
formateurs plateforme badges parcours alternance financement diplôme blocs évaluations universités ateliers mentorat
accessibilité handicap intelligence artificielle données vidéo mobile jeux réalité langues numérique budget décret loi
réforme région branche métier emploi transition écologie santé industrie commerce agriculture tourisme""".split()  # noqa: SIM905 - to be read


@dataclass(frozen=True, slots=True)
class Cost:
    """One command, in a process of its own."""

    seconds: float  # of CPU: an hour is long, and the machine has other work
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weeks", type=int, default=260)
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--new", type=int, default=3, help="entries a source and week")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_web() as web, open_clerk() as (_, port):
        sys.exit(live(Path(folder) / "home", web, port, options.weeks, options.sources, options.new))


def live(home: Path, web: LoopbackWeb, port: int, weeks: int, sources: int, new: int) -> int:
    paths = [f"/s{number}" for number in range(sources)]
    write_home(home, web, paths, smtp_port=port)
    entries: dict[str, list[tuple[str, str, str]]] = {path: [] for path in paths}
    costs: list[tuple[Cost, Cost]] = []
    sizes: list[tuple[int, int]] = []
    print("week    items   MB   collect s  MB    digest s  MB")
    for week in range(weeks):
        now = BEGAN + timedelta(weeks=week)
        serve(web, entries, week, new, now)
        clock = ("--home", str(home), "--now", now.isoformat(), "-q")
        costs.append((run(*clock, "collect", "--no-embed"), run(*clock, "digest", "--send")))
        sizes.append((count_items(home), (home / "data" / "store.duckdb").stat().st_size))
        if week % 13 == 12 or week == weeks - 1:
            part = costs[-13:]
            told = [value for which in (0, 1) for value in figures([pair[which] for pair in part])]
            print(
                f"{week + 1:4}{sizes[-1][0]:9}{sizes[-1][1] / 1e6:6.1f}"
                + "{:10.2f}{:6.0f}{:10.2f}{:6.0f}".format(*told)
            )
            sys.stdout.flush()
    return judge(costs, sizes)


def serve(web: LoopbackWeb, entries: dict[str, list[tuple[str, str, str]]], week: int, new: int, now: datetime) -> None:
    dice = random.Random(week)
    for path, own in entries.items():
        for number in range(new):
            title = " ".join(dice.sample(WORDS, 6)).capitalize()
            own.append((f"{path[1:]}-{week}-{number}", title, " ".join(dice.choices(WORDS, k=40))))
        if dice.random() < 0.2:  # told by another one too
            other = dice.choice(list(entries.values()))
            own.append((f"{path[1:]}-{week}-again", *other[-1][1:])) if other else None
        if dice.random() < 0.1:
            guid, title, text = own[-1]
            own[-1] = guid, title + " (mis à jour)", text
        web.pages[path] = build_rss(*own[-SHOWN:], date=format_datetime(now - timedelta(days=1)))


def run(*arguments: str) -> Cost:
    command = [str(Path(sys.executable).with_name("veille")), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{json.dumps(command)} left with {os.waitstatus_to_exitcode(status)}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def count_items(home: Path) -> int:
    with open_published(home / "data") as connection:
        return int(load_rows(connection, "SELECT count(*) AS n FROM items")[0][0]["n"])


def figures(costs: Sequence[Cost]) -> tuple[float, float]:
    return statistics.median(cost.seconds for cost in costs), max(cost.peak_mb for cost in costs)


def judge(costs: Sequence[tuple[Cost, Cost]], sizes: Sequence[tuple[int, int]]) -> int:
    """The last year, or fifth of the time, beside the first."""
    span = max(1, min(52, len(costs) // 5))
    good = True
    for which, name in enumerate(("collect", "digest")):
        first, last = (figures([pair[which] for pair in part]) for part in (costs[:span], costs[-span:]))
        ratios = [after / before for before, after in zip(first, last, strict=True)]
        good = good and max(ratios) <= 2
        print(f"{name}: time x{ratios[0]:.2f}, memory x{ratios[1]:.2f} of the first {span} weeks (at most x2)")
    half, whole = sizes[len(sizes) // 2], sizes[-1]
    growth = (whole[1] / whole[0]) / (half[1] / half[0])
    print(f"bytes an item: {half[1] / half[0]:.0f} half-way, {whole[1] / whole[0]:.0f} at the end, x{growth:.2f}")
    return 0 if good and growth <= 1.5 else 1


if __name__ == "__main__":
    main()
