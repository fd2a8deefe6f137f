"""The sample web's archives and indexes of research, collected through the commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from veille.cli import run_command
from veille.demo.research import ARCHIVES, load_papers, matches_query
from veille.demo.server import DemoWeb, open_demo_web
from veille.demo.weeks import save_demo_home

KINDS = ("hal", "openalex", "doaj")


@pytest.fixture(scope="module")
def web() -> Iterator[DemoWeb]:
    with open_demo_web() as web:
        yield web


class Runner:
    def __init__(self, home: Path, web: DemoWeb, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.web, self.capsys = home, web, capsys

    def run(self, *arguments: str) -> Any:
        self.capsys.readouterr()
        assert run_command(["--home", str(self.home), "--json", *arguments]) == 0
        return json.loads(self.capsys.readouterr().out)

    def collect(self, day: date) -> dict[str, tuple[int, int, str]]:
        """Items seen and new, and what became of each source."""
        self.web.move_to(day)
        only = [argument for kind in KINDS for argument in ("--source", kind)]
        told = self.run("collect", "--no-embed", "--now", f"{day}T06:00+01:00", *only)
        return {one["source_id"]: (one["items_seen"], one["items_new"], one["outcome"]) for one in told["sources"]}


@pytest.fixture
def runner(tmp_path: Path, web: DemoWeb, capsys: pytest.CaptureFixture[str]) -> Runner:
    save_demo_home(tmp_path, web.url, 2525)
    return Runner(tmp_path, web, capsys)


def test_every_paper_comes_once(runner: Runner) -> None:
    """Four weeks bring every paper that a topic finds, from each archive that has it, and none of them twice."""
    for day in (2, 9, 16, 23, 30):
        told = runner.collect(date(2026, 3, day))
        assert all(outcome in ("new", "unchanged", "empty") for _, _, outcome in told.values()), told
    again = runner.collect(date(2026, 3, 30))
    assert [new for _, new, _ in again.values()] == [0, 0, 0]
    rows = runner.run("sql", "SELECT source_id, count(*) AS n FROM items GROUP BY source_id ORDER BY 1")
    served = {name: sum(name in paper.served_by for paper in load_papers()) for name in sorted(KINDS)}
    assert {row["source_id"]: row["n"] for row in rows} == served


def test_papers_keep_what_the_archives_say(runner: Runner) -> None:
    """Types, retraction, open access and design arrive in the published database."""
    for day in (2, 16, 30):
        runner.collect(date(2026, 3, day))
    rows = runner.run(
        "sql", "SELECT source_id, is_preprint, is_retracted, open_access_url FROM papers JOIN items USING (item_id)"
    )
    assert sum(bool(row["is_retracted"]) for row in rows) == 1
    assert sum(bool(row["is_preprint"]) for row in rows) == 1
    assert {row["source_id"] for row in rows if row["open_access_url"]} == set(KINDS)
    shared = runner.run("sql", "SELECT count(*) AS n FROM stories WHERE item_count = 2 AND source_count = 2")
    assert shared == [{"n": 2}]  # the thesis by its title and author, the captions by their DOI


@pytest.mark.parametrize(
    ("asked", "found"),
    [('mooc OR "open badge"', True), ("open AND badge", True), ("badge AND mooc", False), ("x", False)],
)
def test_queries(asked: str, found: bool) -> None:
    """The sample archives read alternatives, phrases and words together."""
    assert matches_query(asked, "An Open Badge for all") is found


def test_each_archive_is_served() -> None:
    """Every name in the papers is one of the archives."""
    names = {name for paper in load_papers() for name in paper.served_by}
    assert names == set(KINDS) == {path.split("/")[1] for path in ARCHIVES}
