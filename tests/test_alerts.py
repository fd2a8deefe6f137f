"""The operator hears of runs that keep failing: once, at the third in a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.loopback import LoopbackWeb, build_rss, open_web, write_home
from tests.smtp import Clerk, open_clerk
from veille.alerts import alert_operator
from veille.cli import run_command
from veille.config import Config
from veille.home import Home, load_config
from veille.store import open_store

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


def fail(home: Path, kind: str, times: int) -> None:
    with open_store(home / "data") as store:
        for day in range(times):
            at = START + timedelta(days=day)
            store.save_run(kind, at, at, 1, {"error": "the disk is full\r\nBcc: all@example.org"})


def alert(house: House, kind: str, config: Config | None = None) -> None:
    with open_store(house.home / "data") as store:
        alert_operator(Home(house.home), config or load_config(Home(house.home)), store, kind, START)


def test_an_alert_that_could_not_be_sent_goes_with_the_next_failure(house: House) -> None:
    """A mail server that is away fails nothing, and is asked again."""
    fail(house.home, "digest", 3)
    config = load_config(Home(house.home))
    away = config.model_copy(update={"mail": config.mail.model_copy(update={"port": 1})})
    alert(house, "digest", away)
    assert house.told == []
    alert(house, "digest")
    alert(house, "digest")
    assert house.told == ["ops@example.org"]


def test_what_a_run_said_stays_in_the_text(house: House) -> None:
    """Nothing of it becomes a header, and kinds of runs are told apart."""
    fail(house.home, "digest", 2)
    fail(house.home, "collect", 3)
    alert(house, "digest")
    assert house.told == []
    alert(house, "collect")
    message = message_from_bytes(house.clerk.accepted[0].body, policy=default)
    assert message["Bcc"] is None
    assert "Bcc: all@example.org" in message.get_content()
