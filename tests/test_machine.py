"""The machine may do anything: damaged files, full disks, signals, clocks that jump. Nothing lost, nothing twice."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.drill import FIRST, SECOND, THIRD, Drill, open_drill, serve_week, was_killed
from veille.cli import run_command
from veille.home import Home, hold_home
from veille.store import StoreError, open_store

COLLECT = ("--now", SECOND, "collect", "--no-embed")
DIGEST = ("--now", SECOND, "digest", "--send")
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """A home after its first week."""
    with open_drill(tmp_path_factory.mktemp("base") / "home") as drill:
        yield drill


@pytest.fixture
def drill(base: Drill, tmp_path: Path) -> Drill:
    base.take_mail()
    return base.spawn(tmp_path / "home")


@pytest.fixture(scope="module")
def calm(base: Drill, tmp_path_factory: pytest.TempPathFactory) -> Drill:
    """The same home with its second week collected, undisturbed."""
    drill = base.spawn(tmp_path_factory.mktemp("calm") / "home")
    assert here(drill, *COLLECT) == 0
    return drill


def here(drill: Drill, *arguments: str) -> int:
    """Exit code of a command run in this process, which is quicker than one of its own."""
    return run_command(["--home", str(drill.home), *arguments])


def start(drill: Drill, *arguments: str, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        drill.command(*arguments), capture_output=True, text=True, check=False, timeout=60, preexec_fn=before
    )


def be_nobody_special() -> None:
    """Root, where tests run as root, without its right to overlook permissions."""
    for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, right, 0, 0, 0)


# --- the store's file ----------------------------------------------------------------------------------------------


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    body = bytearray(path.read_bytes())
    for at in range(len(body) // 2, len(body), 50_001):
        body[at] ^= 0xFF
    path.write_bytes(body)


def make_foreign(path: Path, statement: str = "CREATE TABLE theirs AS SELECT 1") -> None:
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)


def read_and_publish(data: Path) -> None:
    with open_store(data) as store:
        store.load_items()
        store.publish()


def make_newer(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO kept.migrations VALUES (99, 'of_the_future')")


@pytest.mark.parametrize(
    "harm",
    [
        cut,
        flip,
        make_foreign,
        make_newer,
        lambda path: make_foreign(path, "CREATE VIEW theirs AS SELECT 1"),
        lambda path: os.truncate(path, 0),
        lambda path: os.truncate(path, 100),
        lambda path: path.write_bytes(bytes(range(256)) * 100),
        lambda path: path.write_text("SQLite format 3\0 and more" * 100),
        lambda path: (path.unlink(), path.mkdir()),
    ],
)
def test_a_store_that_is_not_ours_or_not_whole_is_left_as_it_is(harm: Callable[[Path], object], drill: Drill) -> None:
    """The error names the file and says how to go on; nothing is written into it."""
    path = drill.home / "data" / "store.duckdb"
    harm(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError, match=r"store\.duckdb: .*restore"):
        read_and_publish(path.parent)
    assert (path.read_bytes() if path.is_file() else b"") == before


@pytest.mark.parametrize("name", ["store.duckdb", "veille.duckdb", "run.lock"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(name: str, drill: Drill) -> None:
    """Whoever opened it would wait for ever: it is named instead."""
    (drill.home / "data" / name).unlink()
    os.mkfifo(drill.home / "data" / name)
    commands = [("status",), ("sql", "SELECT 1")] if name == "veille.duckdb" else [COLLECT]
    for command in commands:
        done = start(drill, *command)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert str(drill.home / "data" / name) in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["organisation.yaml", "sources.yaml", ".env"])
def test_neither_is_one_among_the_files_of_the_home(
    name: str, drill: Drill, capsys: pytest.CaptureFixture[str]
) -> None:
    """Configuration that is none is told with exit code 2; secrets that are none cost only what needs them."""
    (drill.home / name).unlink(missing_ok=True)
    os.mkfifo(drill.home / name)
    assert here(drill, *COLLECT) == (0 if name == ".env" else 2)
    assert ("Not a file" in capsys.readouterr().err) == (name != ".env")


def test_a_store_that_is_missing_is_made_of_its_published_copy(drill: Drill, calm: Drill) -> None:
    """Nothing is collected anew, nothing is sent twice; a copy that is no help is left alone, and so told."""
    data = drill.home / "data"
    (data / "store.duckdb").unlink()
    assert here(drill, *COLLECT) == 0
    assert drill.told() == calm.told()
    assert here(drill, *DIGEST) == 0
    assert len(drill.take_mail()) == 2
    (data / "store.duckdb").unlink()
    assert here(drill, *DIGEST) == 0
    assert drill.take_mail() == []
    (data / "store.duckdb").unlink()
    cut(data / "veille.duckdb")
    before = (data / "veille.duckdb").read_bytes()
    with pytest.raises(StoreError, match=r"is missing, and its copy is no help .*restore the newest backup"):
        read_and_publish(data)
    assert (data / "veille.duckdb").read_bytes() == before
    assert not (data / "store.duckdb").exists()


def test_a_store_that_is_taken_away_from_under_a_run_is_not_replaced_by_an_empty_one(drill: Drill) -> None:
    """The run says so; the next one goes on from what was published."""
    path = drill.home / "data" / "store.duckdb"
    with open_store(path.parent) as store:
        path.unlink()
        with pytest.raises(StoreError, match="taken away while it was in use"):
            store.publish()
    assert not path.exists()
    assert here(drill, *COLLECT) == 0
    assert drill.ask("SELECT count(*) AS n FROM items WHERE first_seen_at < '2026-03-08'") != [{"n": 0}]


def test_publishing_follows_no_link(drill: Drill, tmp_path: Path) -> None:
    """What lies where a copy is written is replaced, and not what it leads to."""
    (tmp_path / "theirs").write_text("theirs")
    (drill.home / "data" / "veille.duckdb.new").symlink_to(tmp_path / "theirs")
    assert here(drill, *COLLECT) == 0
    assert (tmp_path / "theirs").read_text() == "theirs"


def test_a_truncated_log_costs_what_was_in_it_and_is_read_again(drill: Drill, calm: Drill) -> None:
    """What a power cut tore off was not committed: the next run reads it once more."""
    assert was_killed(drill.collect(SECOND, "commit:6"))
    log = drill.home / "data" / "store.duckdb.wal"
    os.truncate(log, int(log.stat().st_size * 0.6))
    assert here(drill, *COLLECT) == 0
    assert drill.told() == calm.told()


@pytest.mark.parametrize("harm", [cut, lambda path: path.write_bytes(b"x" * 9999), lambda path: path.unlink()])
def test_a_damaged_copy_is_replaced_by_the_next_run(
    harm: Callable[[Path], object], drill: Drill, calm: Drill, capsys: pytest.CaptureFixture[str]
) -> None:
    """Questions to it are answered in words, and leftovers of a killed run are in nobody's way."""
    data = drill.home / "data"
    harm(data / "veille.duckdb")
    (data / "veille.duckdb.new").write_bytes(b"left over")
    (data / "run.lock").write_text("999999\n")
    for question in (("sql", "SELECT count(*) FROM items"), ("search", "CPF"), ("status",)):
        assert here(drill, *question) == 1
        assert "veille.duckdb" in capsys.readouterr().err
    assert here(drill, *COLLECT) == 0
    assert drill.told() == calm.told()


def test_a_reader_keeps_the_copy_it_opened(drill: Drill) -> None:
    """Publishing is no reader's business, and waits for none."""
    with duckdb.connect(str(drill.home / "data" / "veille.duckdb"), read_only=True) as reader:
        count = "SELECT count(*) FROM items"
        before = reader.execute(count).fetchall()
        drill.collect(SECOND)
        assert reader.execute(count).fetchall() == before
    assert drill.ask(count)[0]["count_star()"] > before[0][0]


# --- the disk -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 30_000])
def test_a_full_disk_ends_in_words_and_the_next_run_makes_up_for_it(size: int, drill: Drill, calm: Drill) -> None:
    """No file may grow beyond so many bytes: exit code 1, no traceback, nothing lost."""
    done = start(drill, *COLLECT, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    assert (done.returncode, "Traceback" in done.stderr, "File too large" in done.stderr) == (1, False, True)
    drill.told()
    assert here(drill, *COLLECT) == 0
    assert drill.told() == calm.told()


@pytest.mark.parametrize(("name", "command"), [("data", COLLECT), ("reports", DIGEST)])
def test_a_folder_that_cannot_be_written_is_named(name: str, command: tuple[str, ...], drill: Drill) -> None:
    """Exit code 1, the path and the reason; what is published can still be read."""
    folder = drill.home / name
    folder.chmod(0o555)
    done = start(drill, *command, before=be_nobody_special)
    folder.chmod(0o755)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert str(folder) in done.stderr
    assert "Permission denied" in done.stderr


def test_something_else_in_the_place_of_a_folder_is_named(drill: Drill, capsys: pytest.CaptureFixture[str]) -> None:
    """A file where `data/` belongs is no place to work in."""
    shutil.rmtree(drill.home / "data")
    (drill.home / "data").write_text("x")
    assert here(drill, *COLLECT) == 1
    assert f"{drill.home / 'data'}: " in capsys.readouterr().err


def test_a_missing_data_folder_is_made_anew(drill: Drill) -> None:
    """Losing `data/` loses the history, and nothing else: the next run starts as the first one did."""
    shutil.rmtree(drill.home / "data")
    assert here(drill, "status") == 1
    assert here(drill, *COLLECT) == 0


def test_a_home_that_was_moved_goes_on(drill: Drill, calm: Drill, tmp_path: Path) -> None:
    """No absolute path is kept."""
    drill.home.rename(tmp_path / "elsewhere")
    drill.home = tmp_path / "elsewhere"
    assert here(drill, *COLLECT) == 0
    assert drill.told() == calm.told()
    assert here(drill, *DIGEST) == 0
    assert len(drill.take_mail()) == 2


@pytest.mark.parametrize("name", ["with space", "é à", "quo'te", 'dq"uote', "new\nline", "%41", "a;b *", "日本"])
def test_a_home_may_be_called_anything(name: str, drill: Drill, calm: Drill) -> None:
    """No name of a folder is read as anything else than its name."""
    drill.home = drill.home.rename(drill.home.with_name(name))
    assert here(drill, *COLLECT) == 0
    assert drill.told() == calm.told()


def test_a_home_whose_name_is_no_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """DuckDB could not be told where it lies."""
    assert run_command(["--home", os.fsdecode(bytes(tmp_path) + b"/caf\xe9"), "status"]) == 2
    assert "not UTF-8" in capsys.readouterr().err


def test_secrets_that_cannot_be_read_cost_only_what_needs_them(
    drill: Drill, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest goes on, and the file is named; a signing key that is none stops the mail, for anybody could sign."""
    (drill.home / ".env").write_bytes(b"\xff\xfe\0")
    assert here(drill, *COLLECT) == 0
    assert [record.message for record in caplog.records if ".env" in record.message]
    (drill.home / "data" / "signing.key").write_bytes(b"\n")
    assert here(drill, *DIGEST) == 2
    assert "signing.key" in capsys.readouterr().err
    assert drill.take_mail() == []


@pytest.mark.parametrize("lost", ["digest.json", "digest.txt"])
def test_an_issue_that_lost_a_file_is_sent_to_those_who_wait(lost: str, drill: Drill) -> None:
    """It is written again from the store, and each recipient has it once."""
    assert here(drill, *COLLECT) == 0
    assert was_killed(drill.digest(SECOND, "delivered"))
    (drill.home / "reports" / "2026-W11" / "hebdo" / lost).unlink()
    assert here(drill, *DIGEST) == 0
    assert sorted(one.recipient for one in drill.take_mail()) == ["a@example.org", "b@example.org"]


def test_an_old_issue_that_lost_its_files_is_told_and_in_nobodys_way(
    drill: Drill, caplog: pytest.LogCaptureFixture
) -> None:
    """This week's goes out all the same."""
    assert here(drill, *COLLECT) == 0
    assert was_killed(drill.digest(SECOND, "delivered"))
    (drill.home / "reports" / "2026-W11" / "hebdo" / "digest.txt").unlink()
    drill.take_mail()
    assert here(drill, "--now", THIRD, "digest", "--send") == 0
    assert {one.message_id[:15] for one in drill.take_mail()} == {"<hebdo-2026-W12"}
    assert [record.message for record in caplog.records if "lost files of its issue" in record.message]


# --- signals, streams and other runs -------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_run_that_is_told_to_stop_leaves_nobody_behind(
    number: signal.Signals, code: int, drill: Drill, calm: Drill
) -> None:
    """In the middle of a collection: an exit code, no traceback, no process that stays, and the next run starts."""
    drill.web.asked.clear()
    drill.web.slow = 2.0
    process = subprocess.Popen(
        drill.command(*COLLECT), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    until = time.monotonic() + 30
    while not drill.web.asked and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    drill.web.slow = 0.0
    assert (process.returncode, "Traceback" in said) == (code, False)
    while is_group_alive(process.pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not is_group_alive(process.pid)
    assert here(drill, *COLLECT) == 0
    assert drill.told() == calm.told()


def test_a_query_ends_when_it_is_told_to(drill: Drill) -> None:
    """DuckDB has words of its own for Ctrl-C in a statement: they are no fault of ours."""
    query = "SELECT count(*) FROM range(100000000) a, range(100000) b"
    process = subprocess.Popen(drill.command("sql", query), stderr=subprocess.PIPE, text=True)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in said) == (130, False)


def test_what_stops_a_statement_stops_the_command(drill: Drill) -> None:
    """A signal that comes within one of the store's own statements is told as any other."""
    with pytest.raises(KeyboardInterrupt), open_store(drill.home / "data"):
        raise RuntimeError("Query interrupted")


def is_group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_reader_that_goes_away_is_no_failure(drill: Drill) -> None:
    """As with `| head`: the exit code is that of the work. A stdout that takes nothing is one, and is said."""
    command = " ".join(drill.command("sql", "'SELECT * FROM range(9999)'"))
    ended = {
        end: subprocess.run(
            ["bash", "-o", "pipefail", "-c", command + end], capture_output=True, text=True, check=False
        )
        for end in ("| head -1", ">&-", ">/dev/full")
    }
    assert {end: done.returncode for end, done in ended.items()} == {"| head -1": 0, ">&-": 0, ">/dev/full": 1}
    assert "No space left" in ended[">/dev/full"].stderr
    assert not any("Traceback" in done.stderr for done in ended.values())


def test_two_runs_at_once_are_one(drill: Drill, capsys: pytest.CaptureFixture[str]) -> None:
    """The second leaves with 3 and names the first; the lock of a dead process holds nobody."""
    with hold_home(Home(drill.home)):
        assert here(drill, *COLLECT) == 3
        assert f"process {os.getpid()}" in capsys.readouterr().err
    assert here(drill, *COLLECT) == 0


# --- clocks ---------------------------------------------------------------------------------------------------------


def read_titles(drill: Drill) -> list[str]:
    """What was ever shown, in all issues."""
    issues = [json.loads(path.read_bytes()) for path in sorted(drill.home.glob("reports/*/hebdo/digest.json"))]
    return [entry["story"]["title"] for one in issues for part in one["sections"] for entry in part["entries"]]


def test_a_clock_that_had_run_ahead_hides_nothing(drill: Drill, calm: Drill) -> None:
    """Items that were seen by a clock of next year are there when it is right again, and their servers are asked."""
    drill.web.pages["/b"] = 503
    assert here(drill, "--now", "2027-03-09T07:00+01:00", "collect", "--no-embed") == 0
    assert drill.ask("SELECT source_id FROM fetches WHERE started_at > '2027-01-01' AND outcome = 'failed'")
    serve_week(drill.web, 3)
    assert here(drill, "--now", THIRD, "collect", "--no-embed") == 0
    serve_week(drill.web, 2)
    assert drill.ask("SELECT count(*) AS n FROM items WHERE first_seen_at > '2026-12-31'") == [{"n": 0}]
    found = {row["guid"] for row in drill.ask("SELECT guid FROM items")}
    assert {row["guid"] for row in calm.ask("SELECT guid FROM items")} <= found


def test_a_clock_that_goes_back_repeats_nothing(drill: Drill) -> None:
    """A run by a clock of last week neither fails nor shows again what was shown."""
    for now in (SECOND, FIRST, SECOND):
        assert here(drill, "--now", now, "collect", "--no-embed") == 0
        assert here(drill, "--now", now, "digest", "--send") == 0
    titles = read_titles(drill)
    assert len(titles) == len(set(titles))
    assert len(drill.take_mail()) == 2


@pytest.mark.parametrize(
    ("now", "code"), [("1970-01-01T00:00Z", 0), ("2999-12-31T23:00Z", 0), ("0001-01-01", 2), ("9999-12-31", 2)]
)
def test_a_clock_that_is_out_of_its_mind_is_an_answer(now: str, code: int, drill: Drill) -> None:
    """Every year that can be counted in is; any other is bad usage."""
    for command in (("collect", "--no-embed"), ("digest", "--send"), ("status",)):
        assert here(drill, "--now", now, *command) == code


def test_three_weeks_off_make_one_digest_and_no_hole(drill: Drill) -> None:
    """What came in between is in the one issue after the gap, or waits its turn in the next."""
    before = read_titles(drill)
    serve_week(drill.web, 4)
    for now in ("2026-03-30T07:00+02:00", "2026-04-06T07:00+02:00"):
        assert here(drill, "--now", now, "collect", "--no-embed") == 0
        assert here(drill, "--now", now, "digest", "--send") == 0
    serve_week(drill.web, 2)
    weeks = [path.parent.name for path in sorted(drill.home.glob("reports/*/hebdo"))]
    assert weeks == ["2026-W10", "2026-W14", "2026-W15"]
    assert len(drill.take_mail()) == 4
    after = read_titles(drill)[len(before) :]
    relevant = drill.ask("SELECT title FROM stories SEMI JOIN (FROM scores WHERE relevant) USING (story_id)")
    assert {row["title"] for row in relevant} - set(before) <= set(after)


@pytest.mark.parametrize(
    ("cron", "around", "due"),
    [
        # The night when two o'clock does not come, and the mornings after both.
        ("30 2 * * *", datetime(2026, 3, 28, 22, 0, tzinfo=UTC), ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("0 7 * * 1", datetime(2026, 3, 27, 22, 0, tzinfo=UTC), ["2026-03-30T05:00", "2026-04-06T05:00"]),
        ("0 7 * * 1", datetime(2026, 10, 23, 22, 0, tzinfo=UTC), ["2026-10-26T06:00", "2026-11-02T06:00"]),
    ],
)
def test_the_schedule_keeps_to_the_wall_clock(cron: str, around: datetime, due: list[str]) -> None:
    """A daily run falls into no hole, and Monday at seven is seven on the clock on the wall."""
    from veille.cli.look import next_run

    found, now = [], around
    for _ in due:
        now = next_run(cron, now, "Europe/Paris")
        found.append(f"{now:%Y-%m-%dT%H:%M}")
        now += timedelta(seconds=1)
    assert found == due
