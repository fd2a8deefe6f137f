"""Kills collections and digests at every pass of every durable step, and at random moments, and checks what is left.

    .venv/bin/python -m bench.faults [--step NAME]… [--random 40] [--seed 1]

Each time: a home after its first week is copied, a command of its second week is killed, then run again. The published
copy must be readable in between, and say in the end what an undisturbed home says: every item once, the same stories
and scores, the same files in `reports/`, each message once (twice, with the same Message-ID, only when the kill fell
between acceptance and record). Prints a line a step; leaves with 1 if anything differed.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

from tests.drill import SECOND, Drill, open_drill, was_killed
from veille.faults import STEPS

Kill = Callable[[Drill, str], bool]  # whether the command was killed before its end
COMMANDS = {"collect": ("collect", "--no-embed"), "digest": ("digest", "--send")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step", action="append", choices=STEPS, help="only this one; repeat for more")
    parser.add_argument("--random", type=int, default=40, help="kills at random moments, a command")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_drill(Path(folder) / "home") as base:
        wrong = sum(
            sweep(base, Path(folder), command, options.step or STEPS, options.random, options.seed)
            for command in COMMANDS
        )
    sys.exit(1 if wrong else 0)


def sweep(base: Drill, folder: Path, command: str, steps: tuple[str, ...], at_random: int, seed: int) -> int:
    """Every kill of one command; how many went wrong."""
    before = base.spawn(folder / f"before-{command}")
    if command == "digest":
        before.collect(SECOND)
    calm = before.spawn(folder / f"calm-{command}")
    started = time.monotonic()
    run(calm, command)
    lasts = time.monotonic() - started
    mail = sorted(one.message_id for one in calm.take_mail())
    wrong = 0
    for name, kills in (*((step, at_step(step)) for step in steps), ("random", at_moments(at_random, lasts, seed))):
        found: Counter[str] = Counter()
        for number, kill in enumerate(kills):
            drill = before.spawn(folder / f"{command}-{name}-{number}")
            if not kill(drill, command):
                drill.take_mail()
                if name != "random":
                    break
                found["too late"] += 1
                continue
            found[judge(drill, calm, command, mail, window=name in ("accepted", "random"))] += 1
        wrong += sum(times for verdict, times in found.items() if verdict.startswith("WRONG"))
        told = ", ".join(f"{times} {verdict}" for verdict, times in found.items())
        print(f"{command:8}{name:16}{told or 'not passed'}")
        sys.stdout.flush()
    return wrong


def run(drill: Drill, command: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    return drill.run("--now", SECOND, *COMMANDS[command], fault=fault)


def at_step(step: str) -> Iterator[Kill]:
    """The first pass, the second, and so on."""

    def kill(number: int, drill: Drill, command: str) -> bool:
        return was_killed(run(drill, command, f"{step}:{number}"))

    return (partial(kill, number) for number in count(1))


def at_moments(times: int, lasts: float, seed: int) -> Iterator[Kill]:
    """Moments of an undisturbed run, drawn at random."""

    def kill(after: float, drill: Drill, command: str) -> bool:
        return kill_after(drill, command, after)

    dice = random.Random(seed)
    return (partial(kill, dice.uniform(0.2, lasts)) for _ in range(times))


def kill_after(drill: Drill, command: str, seconds: float) -> bool:
    process = subprocess.Popen(
        drill.command("--now", SECOND, *COMMANDS[command]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def judge(drill: Drill, calm: Drill, command: str, mail: list[str], *, window: bool) -> str:
    drill.told()  # raises when the copy cannot be read
    again = run(drill, command)
    if again.returncode:
        return f"WRONG: the rerun left with {again.returncode}: {again.stderr.strip()[-200:]}"
    if command == "digest":
        run(drill, command)  # once more: nobody may have it again
    if drill.told() != calm.told():
        differ = [table for table, rows in drill.told().items() if rows != calm.told()[table]]
        return f"WRONG: other {', '.join(differ)}"
    if drill.issues() != calm.issues():
        return "WRONG: other files"
    had = sorted(one.message_id for one in drill.take_mail())
    if had == mail:
        return "as if undisturbed"
    repeated = Counter(had) - Counter(mail)
    if window and set(had) == set(mail) and sum(repeated.values()) == 1:
        return "one message again, same id"
    return f"WRONG: mail {had}"


if __name__ == "__main__":
    main()
