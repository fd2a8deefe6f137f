"""A home whose real commands are killed at a chosen step, beside one that nothing disturbs; for tests and `bench/`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.loopback import LoopbackWeb, build_rss, open_web, write_home
from tests.smtp import Accepted, Clerk, open_clerk
from veille.faults import FAULT
from veille.store import load_rows, open_published

FIRST, SECOND, THIRD = "2026-03-02T07:00+01:00", "2026-03-09T07:00+01:00", "2026-03-16T07:00+01:00"
FEEDS = ["/a", "/b", "/c"]
READERS = "a@example.org, b@example.org"

# What must be the same however often a run was killed; how sources answered and which runs there were is history.
TABLES = (
    "items", "stories", "story_items", "scores", "papers", "topics_weekly", "phrases_weekly", "topic_evidence",
    "digests", "digest_entries",
)  # fmt: skip


def serve_week(web: LoopbackWeb, week: int) -> None:
    """Three feeds: each week news, an edited entry, and one thing that two of them tell."""
    said = [(f"q{n}", f"Qualiopi : le guide numéro {n} change", f"Formation, décret {n}.") for n in range(2 * week)]
    said[0] = ("q0", f"Qualiopi : le guide a changé {week} fois", "Les organismes certifiés ont six mois.")
    told = [(f"t{n}", f"CPF : le reste à charge passe à {n + 90} euros", "Le décret est paru.") for n in range(week)]
    web.pages["/a"] = build_rss(*said)
    web.pages["/b"] = build_rss(*told, ("g", "Les tomates aiment le soleil", "Arrosez le matin."))
    web.pages["/c"] = build_rss(*((f"c-{guid}", title, text) for guid, title, text in told))


@dataclass
class Drill:
    """A home, the web it reads and the inboxes it fills; `spawn` copies the home as it stands."""

    home: Path
    web: LoopbackWeb
    clerk: Clerk
    port: int

    def command(self, *arguments: str) -> list[str]:
        veille = Path(sys.executable).with_name("veille")
        return [str(veille), "--home", str(self.home), *arguments]

    def run(self, *arguments: str, fault: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """A command to its end, which is that of ``fault`` if it passes that step."""
        return subprocess.run(
            self.command(*arguments),
            env={**os.environ, FAULT: fault, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def collect(self, now: str, fault: str = "") -> subprocess.CompletedProcess[str]:
        return self.run("--now", now, "collect", "--no-embed", fault=fault)

    def digest(self, now: str, fault: str = "") -> subprocess.CompletedProcess[str]:
        return self.run("--now", now, "digest", "--send", fault=fault)

    def spawn(self, home: Path) -> Drill:
        shutil.copytree(self.home, home)
        return Drill(home, self.web, self.clerk, self.port)

    def take_mail(self) -> list[Accepted]:
        """What was delivered since the last call, by recipient."""
        taken = sorted(self.clerk.accepted, key=lambda one: one.recipient)
        self.clerk.accepted.clear()
        return taken

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Rows of the published copy, as any reader would get them."""
        with open_published(self.home / "data") as connection:
            return load_rows(connection, query)[0]

    def told(self) -> dict[str, list[dict[str, Any]]]:
        """All that the published copy says, but for its history of runs and answers."""
        return {table: self.ask(f"SELECT * FROM {table} ORDER BY ALL") for table in TABLES}

    def issues(self) -> dict[str, bytes]:
        """The files in `reports/`, without what a killed run left beside them."""
        folder = self.home / "reports"
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".new"
        }


@contextmanager
def open_drill(home: Path) -> Iterator[Drill]:
    """A home after its first week; the web shows the second."""
    with open_web() as web, open_clerk() as (clerk, port):
        serve_week(web, 1)
        write_home(home, web, FEEDS, to=READERS, smtp_port=port)
        drill = Drill(home, web, clerk, port)
        for done in (drill.collect(FIRST), drill.digest(FIRST)):
            assert done.returncode == 0, done.stderr
        drill.take_mail()
        serve_week(web, 2)
        yield drill


def was_killed(done: subprocess.CompletedProcess[str]) -> bool:
    return done.returncode == -signal.SIGKILL
