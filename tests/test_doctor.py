"""The doctor and the status: what is wrong is found, said with what to do, and nothing else is."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.server import bound_log
from tests.loopback import LoopbackWeb, build_rss, open_web, write_home
from tests.smtp import open_clerk
from veille import doctor
from veille.cli import run_command
from veille.config import Config
from veille.health import Health, LastRun, find_due, find_last_runs, find_problems, load_health
from veille.home import Home, hold_home, load_config

MONDAY = "2026-03-02T07:00+01:00"
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, LoopbackWeb]]:
    """A home that collected, made its digest and mailed it."""
    home = tmp_path_factory.mktemp("doctor") / "home"
    with open_clerk() as (_, port), open_web() as web:
        web.pages["/a"] = build_rss(("q1", "Qualiopi : le guide change", "Six mois pour les organismes."))
        write_home(home, web, ["/a"], smtp_port=port)
        for command in (["collect", "--no-embed"], ["digest", "--send"]):
            assert run_command(["--home", str(home), "--now", MONDAY, "-q", *command]) == 0
        yield home, web


@pytest.fixture
def home(prepared: tuple[Path, LoopbackWeb], tmp_path: Path) -> Home:
    shutil.copytree(prepared[0], tmp_path / "home")
    return Home(tmp_path / "home")


def verdicts(findings: Iterator[doctor.Finding] | list[doctor.Finding]) -> list[str]:
    return [finding.verdict for finding in findings]


def read_status(home: Home, capsys: pytest.CaptureFixture[str], now: str = MONDAY, code: int = 0) -> dict:
    capsys.readouterr()
    assert run_command(["--home", str(home.path), "--now", now, "--json", "status"]) == code
    return json.loads(capsys.readouterr().out)


# --- doctor --------------------------------------------------------------------------------------------------------


def test_a_home_that_is_well_has_nothing_to_do(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Each check is a row with what it found and whether that is well; what is not says what to do."""
    os.utime(home.data / "veille.duckdb")
    now = datetime.now(UTC).isoformat()
    assert run_command(["--home", str(home.path), "--json", "--now", now, "doctor"]) == 0
    rows = {row["check"]: row for row in json.loads(capsys.readouterr().out)}
    for check in ("install", "disk", "clock", "secrets", "configuration", "time zone", "lock", "store", "published",
                  "backup", "votes", "sources", "model", "mail"):  # fmt: skip
        assert rows[check]["ok"], rows[check]
        assert rows[check]["verdict"] == "ok", rows[check]
    assert all(row["advice"] for row in rows.values() if row["verdict"] != "ok")


def test_a_broken_configuration_is_a_failure(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """What must be mended gives exit code 1, with the line."""
    (home.path / "sources.yaml").write_text("sources: [{id: a, kind: nonsense}]\n")
    assert run_command(["--home", str(home.path), "doctor"]) == 1
    assert "sources.yaml" in capsys.readouterr().out


def test_a_damaged_store_names_the_backup(home: Home) -> None:
    """Every block is read, and the newest backup is named."""
    path = home.data / "store.duckdb"
    body = bytearray(path.read_bytes())
    body[len(body) // 2 :] = b"\xa5" * (len(body) - len(body) // 2)
    path.write_bytes(body)
    (finding,) = doctor.check_store(home)
    assert finding.verdict == "failed"
    assert "weekly-2026-W10.zip --force" in finding.advice


def test_a_missing_store_beside_a_published_copy_is_a_failure(home: Home) -> None:
    """A new one would know nothing of what was sent."""
    (home.data / "store.duckdb").unlink()
    (finding,) = doctor.check_store(home)
    assert (finding.verdict, "restore" in finding.advice) == ("failed", True)


def test_a_held_home_is_told_and_only_a_long_hold_is_a_warning(home: Home) -> None:
    """The doctor neither waits for a run nor disturbs it."""
    with hold_home(home):
        assert doctor.check_lock(home, NOW).verdict == "ok"
        assert verdicts(doctor.check_store(home)) == ["ok"]
        os.utime(home.data / "run.lock", (0, 0))
        assert doctor.check_lock(home, NOW).verdict == "warning"
    assert doctor.check_lock(home, NOW).what == "nobody holds the home"


def test_a_clock_behind_what_was_written_is_told(home: Home) -> None:
    """Data from tomorrow says that the clock is wrong."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    os.utime(home.data / "veille.duckdb", (tomorrow, tomorrow))
    assert doctor.check_clock(home, datetime.now(UTC)).verdict == "warning"


def test_secrets_that_others_may_read_are_told(home: Home) -> None:
    """And with the command that mends it."""
    env = home.path / ".env"
    env.write_text("VEILLE_SMTP_PASSWORD=x\n")
    env.chmod(0o644)
    assert doctor.check_env(home).advice == f"chmod 600 {env}"
    env.chmod(0o600)
    assert doctor.check_env(home).verdict == "ok"


def test_a_mail_server_that_is_away_is_a_failure_only_with_recipients(home: Home) -> None:
    """And so is an address that no mail can have; an operator that is not set is a warning."""
    text = (home.path / "organisation.yaml").read_text()
    port = text.split("port: ")[1].split(",")[0]
    (home.path / "organisation.yaml").write_text(text.replace(port, "1"))
    found = {one.check: one.verdict for one in doctor.check_mail(home, load_config(home))}
    assert found == {"operator": "warning", "mail": "failed"}
    (home.path / "organisation.yaml").write_text(text.replace(port, "1").replace("a@example.org", ""))
    assert verdicts(list(doctor.check_mail(home, load_config(home)))) == ["warning"] * 3


def test_an_api_that_is_named_and_away_is_told() -> None:
    """Without one in the environment there is nothing to check."""
    assert verdicts(doctor.check_prefect(None)) == []
    assert verdicts(doctor.check_prefect("http://127.0.0.1:1/api")) == ["warning"]


def test_sources_that_fail_are_named(prepared: tuple[Path, LoopbackWeb], home: Home) -> None:
    """A line each, with the command that tries it."""
    address = prepared[1].address
    (home.path / "sources.yaml").write_text(
        f"sources: [{{id: a, kind: rss, url: 'http://{address}/a'}}, {{id: b, kind: rss, url: 'http://{address}/b'}}]\n"
    )
    run_command(["--home", str(home.path), "--now", "2026-03-02T08:00+01:00", "-q", "collect", "--no-embed"])
    (finding,) = doctor.check_sources(home, load_health(home))
    assert (finding.check, finding.verdict) == ("source b", "warning")
    assert "veille sources check --source b" in finding.advice


def test_an_address_that_is_read_twice_is_told(home: Home) -> None:
    """Both sources are named; one that is off, or asks something else there, is none."""
    rows = (
        "{id: a, kind: rss, url: 'https://a.example/feed'}",
        "{id: b, kind: rss, url: 'https://A.example/feed/'}",
        "{id: c, kind: rss, url: 'https://a.example/feed', enabled: false}",
        "{id: d, kind: eric, options: {query: topics}}",
        "{id: e, kind: eric, options: {query: MOOC}}",
    )
    (home.path / "sources.yaml").write_text(f"sources: [{', '.join(rows)}]\n")
    (finding,) = doctor.check_repeated(load_config(home))
    assert (finding.verdict, finding.what) == ("warning", "a and b ask the same address: https://a.example/feed")


# --- status --------------------------------------------------------------------------------------------------------


def test_the_status_of_a_home_that_is_well(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """One object: ok, no problems, and how many seconds ago things happened."""
    status = read_status(home, capsys, now="2026-03-02T09:00+01:00")
    assert (status["ok"], status["problems"]) == (True, [])
    assert status["ages"]["collect_seconds"] == status["ages"]["digest_seconds"] == 7200
    assert status["ages"]["backup_seconds"] == 0
    assert {"store", "sources", "runs", "next"} <= set(status)


def test_people_read_instants_in_their_time_zone(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """The organisation's, in tables; for machines they are UTC."""
    told = ["--home", str(home.path), "--now", "2026-03-02T09:00+01:00"]
    assert read_status(home, capsys, now=told[-1])["next"]["collect"] == "2026-03-03T05:00:00+00:00"
    for command, instant in ((["status"], "2026-03-03 06:00+01:00"), (["sources", "list"], "2026-03-02 07:00+01:00")):
        assert run_command([*told, *command]) == 0
        said = capsys.readouterr().out
        assert (instant in said, "+00:00" in said) == (True, False)


def test_a_schedule_that_stopped_is_a_problem(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """A monitor sees that a run is missing, four hours after it was due."""
    assert read_status(home, capsys, now="2026-03-03T09:00+01:00")["ok"]
    late = read_status(home, capsys, now="2026-03-03T10:30+01:00")
    assert not late["ok"]
    assert "collect last ran on 2026-03-02 06:00 UTC, but was due at 2026-03-03 05:00 UTC" in late["problems"][0]


def test_a_home_without_a_database_has_a_status_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Monitors always get their object, and exit code 1 where there is nothing to tell."""
    with open_web() as web:
        write_home(tmp_path, web, ["/a"])
    status = read_status(Home(tmp_path), capsys, code=1)
    assert not status["ok"]
    assert "nothing is published" in status["problems"][0]


@pytest.fixture(scope="module")
def config(prepared: tuple[Path, LoopbackWeb]) -> Config:
    return load_config(Home(prepared[0]))


WELL = Health(
    first_run_at=NOW,
    last_runs={"collect": LastRun(NOW, 0, None), "digest": LastRun(NOW, 0, None)},
    states={"ok": 2, "failing": 1},
    backup=Path("b.zip"),
    backup_at=NOW,
)


@pytest.mark.parametrize(
    ("health", "days", "words"),
    [
        (WELL, 0, []),
        (Health(unreadable="it is broken"), 0, ["it is broken"]),
        (Health(), 0, ["collect never ran", "digest never ran"]),
        (Health(first_run_at=NOW, last_runs={"collect": LastRun(NOW, 0, None)}), 0, []),  # its Monday is not over
        (Health(first_run_at=NOW, last_runs={"collect": LastRun(NOW + timedelta(days=8), 0, None)}), 8,
         ["digest never ran"]),
        (Health(first_run_at=NOW, last_runs={**WELL.last_runs, "collect": LastRun(NOW, 2, "no network")},
                backup_at=NOW), 0, ["the last 2 runs of collect failed: no network"]),
        (Health(first_run_at=NOW, last_runs=WELL.last_runs), 0, ["there is no backup"]),
        (Health(first_run_at=NOW, last_runs=WELL.last_runs, backup_at=NOW - timedelta(days=9)), 0,
         ["the newest backup is 9 days old"]),
        (Health(first_run_at=NOW, last_runs=WELL.last_runs, backup_at=NOW, states={"failing": 2, "gone": 1, "ok": 2}),
         0, ["3 of 5 sources cannot be read"]),
        (Health(first_run_at=NOW, last_runs=WELL.last_runs, backup_at=NOW, votes=3,
                oldest_vote_at=NOW - timedelta(days=3)), 0, ["3 votes have waited"]),
    ],
)  # fmt: skip
def test_what_is_a_problem(health: Health, days: int, words: list[str], config: Config) -> None:
    """Late, failing, mostly unreadable, without a backup, or with votes that nobody takes."""
    found = find_problems(health, config, NOW + timedelta(days=days, hours=1))
    assert len(found) == len(words)
    assert all(word in what and advice for word, (what, advice) in zip(words, found, strict=True))


def test_failures_count_up_to_the_last_run() -> None:
    """A run that goes well ends a streak; kinds are counted apart."""
    runs = [("collect", NOW, 1, "a"), ("collect", NOW, 0, None), ("digest", NOW, 1, "c"), ("collect", NOW, 1, "b")]
    found = find_last_runs(runs)
    assert (found["collect"].failures, found["collect"].error, found["digest"].failures) == (1, "b", 1)


def test_a_run_is_due_in_the_organisations_time_zone() -> None:
    """Also on the day on which the clocks change."""
    at = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
    assert find_due("0 6 * * *", at, PARIS) == datetime(2026, 3, 29, 4, 0, tzinfo=UTC)
    assert find_due("0 6 * * *", at - timedelta(hours=5), PARIS) == datetime(2026, 3, 28, 5, 0, tzinfo=UTC)


def test_a_log_that_grew_long_starts_anew(tmp_path: Path) -> None:
    """What is written next comes first, without a hole before it."""
    with (tmp_path / "log").open("ab", buffering=0) as log:
        log.write(b"x" * 100)
        bound_log(log.fileno(), most_bytes=100)
        assert (tmp_path / "log").stat().st_size == 100
        log.write(b"x")
        bound_log(log.fileno(), most_bytes=100)
        log.write(b"anew")
    assert (tmp_path / "log").read_bytes() == b"anew"
