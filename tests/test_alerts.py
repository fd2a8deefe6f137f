"""The operator hears of runs that keep failing: once, at the third in a row."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.loopback import LoopbackWeb, build_rss, open_web, write_home
from tests.smtp import Clerk, open_clerk
from veille.alerts import Attempt, counted_run
from veille.cli import run_command
from veille.config import UnknownNameError
from veille.health import load_health
from veille.home import Home, HomeHeldError
from veille.streaks import RunKind, load_streak

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@dataclass
class House:
    home: Path
    web: LoopbackWeb
    clerk: Clerk
    days: int = 0

    def collect(self, code: int) -> None:
        now = (START + timedelta(days=self.days)).isoformat()
        assert run_command(["--home", str(self.home), "--now", now, "-q", "collect", "--no-embed"]) == code
        self.days += 1

    @property
    def told(self) -> list[str]:
        return [one.recipient for one in self.clerk.accepted]


def make_house(folder: Path, web: LoopbackWeb, clerk: Clerk, port: int, operator: str) -> House:
    write_home(folder, web, ["/a"], smtp_port=port)
    text = (folder / "organisation.yaml").read_text("utf-8")
    (folder / "organisation.yaml").write_text(text.replace("security: none", f"security: none, {operator}"), "utf-8")
    return House(folder, web, clerk)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A home whose only source is down."""
    with open_clerk() as (clerk, port), open_web() as web:
        web.pages["/a"] = 500
        yield make_house(tmp_path, web, clerk, port, "operator: ops@example.org")


def test_the_third_failure_in_a_row_is_mailed_once(house: House) -> None:
    """What fails, since when, what it says and what to do; the fourth says nothing more."""
    for _ in range(2):
        house.collect(code=1)
    assert house.told == []
    for _ in range(2):
        house.collect(code=1)
    assert house.told == ["ops@example.org"]
    message = message_from_bytes(house.clerk.accepted[0].body, policy=default)
    assert message["Subject"] == "veille: collect failed 3 times in a row (Université Exemple)"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    for words in ("2026-03-02 at 07:00 (Europe/Paris)", "None of the 1 sources could be read", "a: ", "500",
                  f"veille --home {house.home} doctor"):  # fmt: skip
        assert words in " ".join(text.split())


def test_a_run_that_goes_well_ends_the_streak(house: House) -> None:
    """Two failures, a good run and two failures are nobody's business; a third then is, again."""
    for _ in range(2):
        house.collect(code=1)
    house.web.pages["/a"] = build_rss(("q1", "Qualiopi", "Le guide change."))
    house.collect(code=0)
    house.web.pages["/a"] = 500
    for _ in range(2):
        house.collect(code=1)
    assert house.told == []
    house.collect(code=1)
    assert house.told == ["ops@example.org"]


def test_each_streak_is_told(house: House) -> None:
    """After a recovery the next three failures are another mail."""
    for _ in range(3):
        house.collect(code=1)
    house.web.pages["/a"] = build_rss(("q1", "Qualiopi", "Le guide change."))
    house.collect(code=0)
    house.web.pages["/a"] = 500
    for _ in range(3):
        house.collect(code=1)
    assert len(house.told) == 2
    assert len({one.message_id for one in house.clerk.accepted}) == 2


def test_without_an_operator_nobody_is_written_to(tmp_path: Path) -> None:
    """The recipients of digests are not the ones to tell."""
    with open_clerk() as (clerk, port), open_web() as web:
        web.pages["/a"] = 500
        house = make_house(tmp_path, web, clerk, port, "username: null")
        for _ in range(3):
            house.collect(code=1)
        assert house.told == []


def fail(home: Path, kind: RunKind, times: int) -> None:
    for day in range(times):
        with suppress(RuntimeError), counted_run(Home(home), kind, START + timedelta(days=day)):
            raise RuntimeError("the disk is full\r\nBcc: all@example.org")


def test_an_alert_that_could_not_be_sent_goes_with_the_next_failure(house: House) -> None:
    """A mail server that is away fails nothing, and is asked again."""
    file = house.home / "organisation.yaml"
    right = file.read_text("utf-8")
    file.write_text(re.sub("port: [0-9]+", "port: 1", right), "utf-8")
    fail(house.home, "digest", 3)
    assert house.told == []
    file.write_text(right, "utf-8")
    fail(house.home, "digest", 2)
    assert house.told == ["ops@example.org"]


def test_what_a_run_said_stays_in_the_text(house: House) -> None:
    """Nothing of it becomes a header, and kinds of runs are told apart."""
    fail(house.home, "digest", 2)
    fail(house.home, "collect", 2)
    assert house.told == []
    fail(house.home, "collect", 1)
    message = message_from_bytes(house.clerk.accepted[0].body, policy=default)
    assert message["Bcc"] is None
    assert "Bcc: all@example.org" in message.get_content()


# --- before the store is open ---------------------------------------------------------------------------------------


def break_store(home: Path) -> None:
    (home / "data" / "store.duckdb").write_bytes(b"SQLite format 3\0" * 300)


def break_sources(home: Path) -> None:
    (home / "sources.yaml").write_text("sources: [{id: a, kind: nonsense}]", "utf-8")


def break_organisation(home: Path) -> None:
    (home / "organisation.yaml").write_text("organisation: {name: [unclosed", "utf-8")


def lose_data(home: Path) -> None:
    shutil.rmtree(home / "data")
    (home / "data").write_text("not a folder")
    (home / "reports").mkdir()


@pytest.mark.parametrize(
    ("harm", "code", "said"),
    [
        (break_store, 1, "store.duckdb: cannot be opened as a store"),
        (break_sources, 2, "sources.yaml:1: sources[0].kind"),
        (break_organisation, 2, "organisation.yaml:"),
        (lose_data, 1, "data'"),
        (lambda home: (home / "data" / "store.duckdb").mkdir(), 1, "store.duckdb: not a file"),
    ],
)
def test_what_fails_before_the_store_is_open_counts_too(
    harm: Callable[[Path], object], code: int, said: str, house: House
) -> None:
    """The operator is reached by the settings that last worked, whatever was broken since; status tells it too."""
    house.web.pages["/a"] = build_rss(("q1", "Qualiopi", "Le guide change."))
    house.collect(code=0)
    (house.home / "data" / "store.duckdb").unlink()
    harm(house.home)
    for _ in range(2):
        house.collect(code=code)
    assert house.told == []
    for _ in range(2):
        house.collect(code=code)
    assert house.told == ["ops@example.org"]
    text = message_from_bytes(house.clerk.accepted[0].body, policy=default).get_content()
    assert "The last 3 runs of `veille collect` failed" in text
    assert said in text
    streak = next(one for one in load_health(Home(house.home)).failing if one.kind == "collect")
    assert (streak.count, said in streak.error) == (4, True)


def test_the_fourth_run_tells_of_three_that_were_killed(house: House) -> None:
    """Who is killed says nothing any more: the next run does, and while it goes the last one has not failed."""
    house.web.pages["/a"] = build_rss(("q1", "Qualiopi", "Le guide change."))
    house.collect(code=0)
    for day in range(3):
        attempt = Attempt(Home(house.home), "collect", START + timedelta(days=day))
        attempt.begin()
        assert sum(one.count for one in load_health(Home(house.home)).failing) == day
        attempt.end()  # and nothing else was said
    assert house.told == []
    assert [one.count for one in load_health(Home(house.home)).failing] == [3]
    house.collect(code=0)
    assert house.told == ["ops@example.org"]
    assert "it was killed" in message_from_bytes(house.clerk.accepted[0].body, policy=default).get_content()
    assert load_health(Home(house.home)).failing == ()


@pytest.mark.parametrize(
    ("error", "held_is_failure", "count"),
    [
        (KeyboardInterrupt(), False, 2),
        (HomeHeldError("held"), False, 2),
        (HomeHeldError("held"), True, 3),
        (UnknownNameError("no such source"), True, 2),
    ],
)
def test_what_somebody_did_is_no_failure(error: BaseException, held_is_failure: bool, count: int, house: House) -> None:
    """Ctrl-C, a second run beside the first, a misspelt name; a schedule that waited for hours in vain is one."""
    fail(house.home, "collect", 2)
    with suppress(type(error)), counted_run(Home(house.home), "collect", START, held_is_failure=held_is_failure):
        raise error
    assert load_streak(Home(house.home), "collect").count == count


def test_a_run_beside_another_of_its_kind_does_not_count(house: House) -> None:
    """A second `veille serve` by mistake says nothing about the first; only waiting in vain does."""
    fail(house.home, "serve", 2)
    with counted_run(Home(house.home), "serve", START):
        fail(house.home, "serve", 3)
        assert load_streak(Home(house.home), "serve").count == 3
        with suppress(HomeHeldError), counted_run(Home(house.home), "serve", START, held_is_failure=True):
            raise HomeHeldError("held")
        assert load_streak(Home(house.home), "serve").count == 4
    assert load_streak(Home(house.home), "serve").count == 0


@pytest.mark.parametrize("body", [b"", b"\0" * 4096, b"[1]", b'{"count": "x"}', b'{"count": 3', b"\xff" * 9])
def test_a_count_that_cannot_be_read_is_begun_anew(body: bytes, house: House) -> None:
    """It is in nobody's way, and keeps its length: a full disk has room for it."""
    (house.home / "data").mkdir()
    (house.home / "data" / "failing-collect.json").write_bytes(body)
    house.collect(code=1)
    assert load_streak(Home(house.home), "collect").count == 1
    assert (house.home / "data" / "failing-collect.json").stat().st_size == 4096


def test_what_is_no_home_is_not_written_to(tmp_path: Path) -> None:
    """A command in the wrong folder leaves nothing there."""
    (tmp_path / "data").mkdir()
    assert run_command(["--home", str(tmp_path), "-q", "collect"]) == 2
    assert [*(tmp_path / "data").iterdir()] == []
