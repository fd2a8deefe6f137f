"""`veille demo`: four weeks of a sample web, lived through in a minute or two, on loopback."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from veille.cli.asked import Asked, NotDoneError
from veille.cli.tell import complain, progress, tell, tell_json, tell_table
from veille.demo.mailbox import open_mailbox
from veille.demo.server import open_demo_web
from veille.demo.weeks import Step, build_steps, save_demo_home
from veille.home import Home
from veille.issue import Issue
from veille.pipeline import FAILURES, Collected
from veille.values import Fetch

DEMO_HOME = Path("data") / "demo"
MARK = ".demo"  # says that this home may be made anew
WEEK_COLUMNS = ("week", "new items", "new stories", "entries", "mails")
BEST = 5


def run_demo(asked: Asked) -> None:
    """Lives through the demo's weeks in its home, made anew, and says where everything is and what to try next."""
    from flows.demo import run_weeks

    home = asked.home if asked.home_given else Home(asked.home.path / DEMO_HOME)
    _make_anew(home)
    complain(f"Four weeks of an invented web, served on this machine, into {home.path} …")
    weeks: list[dict[str, Any]] = [dict.fromkeys(WEEK_COLUMNS, 0)]
    last: list[Issue] = []
    failing: list[Fetch] = []
    with (
        open_mailbox(home.data / "mailbox") as mailbox,
        open_demo_web() as web,
        progress(quiet=asked.quiet) as bar,
        _telling_failures_once(asked),
    ):
        save_demo_home(home.path, web.url, mailbox.port)
        steps = list(build_steps())

        def after(step: Step, result: Collected | list[Issue]) -> None:
            bar("steps", steps.index(step) + 1, len(steps))
            if isinstance(result, Collected):
                weeks[-1]["new items"] += result.items_new
                weeks[-1]["new stories"] += result.stories_new
                failing[:] = [fetch for fetch in result.fetches if fetch.outcome in FAILURES]
                return
            last[:] = result
            weeks[-1] |= {
                "week": result[0].week,
                "entries": sum(issue.entries for issue in result),
                "mails": sum(issue.sent for issue in result),
            }
            weeks.append(dict.fromkeys(WEEK_COLUMNS, 0))

        run_weeks(home, steps, before=lambda step: web.move_to(step.at.date()), after=after)
    rows = [week for week in weeks if week["week"]]
    if asked.json:
        tell_json({"home": str(home.path), "weeks": rows, "digests": [str(issue.path) for issue in last]})
    else:
        _tell(home, rows, last, failing)


@contextmanager
def _telling_failures_once(asked: Asked) -> Iterator[None]:
    """What fails in the sample web fails each morning: the runs' logs have it all, the terminal's end has it once."""
    handlers = [] if asked.verbose else [(told, told.level) for told in logging.getLogger().handlers]
    for told, level in handlers:
        told.setLevel(max(level, logging.ERROR))
    try:
        yield
    finally:
        for told, level in handlers:
            told.setLevel(level)


def _make_anew(home: Home) -> None:
    """An empty demo home; a folder with anything that the demo did not make is left alone."""
    if home.path.exists() and any(home.path.iterdir()):
        if not (home.path / MARK).exists():
            raise NotDoneError(f"{home.path} is not empty and not a demo's: name another folder with --home.")
        shutil.rmtree(home.path)
    home.path.mkdir(parents=True, exist_ok=True)
    (home.path / MARK).write_text("Made by `veille demo`, which makes it anew each time.\n", "utf-8")


def _tell(home: Home, weeks: list[dict[str, Any]], last: list[Issue], failing: list[Fetch]) -> None:
    tell_table("The demo's weeks", weeks, WEEK_COLUMNS)
    if last:
        data = json.loads((last[0].path / "digest.json").read_bytes())
        entries = [entry for section in data["sections"] for entry in section["entries"]]
        tell(f"\nThe best of the last week, of {len(entries)} entries:")
        for entry in sorted(entries, key=lambda entry: -entry["score"])[:BEST]:
            tell(f"  {entry['score']:.2f}  {entry['story']['title']}")
    if failing:
        tell("\nSources that fail, as some always do:")
        for fetch in failing:
            tell(f"  {fetch.source_id:28} {fetch.error}")
    tell("\nWhere everything is (all texts are invented, their links lead nowhere):")
    for what, path in (
        *((f"digest {issue.audience}", issue.path / "digest.html") for issue in last),
        ("mails as sent", home.data / "mailbox"),
        ("database", home.data / "veille.duckdb"),
        ("configuration", home.path / "organisation.yaml"),
    ):
        tell(f"  {what:28} {path}")
    program = "veille" if shutil.which("veille") else sys.argv[0]  # as it was found this time
    tell("\nWhat to try next:")
    for command in (
        'sql "SELECT title, source_count, languages FROM stories ORDER BY source_count DESC LIMIT 5"',
        'search "tuteur IA et évaluation"',
        "status",
        "serve",
    ):
        tell(f"  {program} --home {home.path} {command}")
