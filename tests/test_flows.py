"""Prefect wiring: what a person sees in Prefect, and what reaches the caller."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.environment import build_settings, prepare_prefect
from flows.serve import keep_alive, open_pages
from flows.server import Server, ServerError, _is_healthy, find_free_port, find_server
from tests.loopback import build_rss, open_web, write_home
from tests.smtp import open_clerk
from veille.home import Home, HomeHeldError, hold_home, load_config
from veille.issue import Issue
from veille.pipeline import make_digests
from veille.store import open_store
from veille.values import Fetch

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

ORGANISATION = """
organisation: {name: Université d'Été, language: fr, timezone: Europe/Paris}
topics: [{id: ia, name: IA en formation, keywords: [IA]}]
digests: [{id: equipe_a, title: Veille, to: [equipe@example.org]}]
network: {allow_private: ["ADDRESS"]}
"""

SOURCES = """
sources:
  - {id: campus, kind: rss, url: "http://ADDRESS/campus.xml", language: fr}
  - {id: disparu, kind: rss, url: "http://ADDRESS/nowhere", language: fr}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose web is one feed on loopback, and one address where nothing is."""
    home = Home(tmp_path_factory.mktemp("home"))
    with open_web() as web:
        web.pages["/campus.xml"] = build_rss(
            ("ia", "L'IA entre en formation", "Trois universités essaient des tuteurs.")
        )
        (home.path / "organisation.yaml").write_text(ORGANISATION.replace("ADDRESS", web.address), "utf-8")
        (home.path / "sources.yaml").write_text(SOURCES.replace("ADDRESS", web.address), "utf-8")
        yield home


def read_runs(flow_name: str) -> list[Any]:
    """The runs of a flow in Prefect, newest first."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas import filters, sorting

    with get_client(sync_client=True) as client:
        return client.read_flow_runs(
            flow_filter=filters.FlowFilter(name=filters.FlowFilterName(any_=[flow_name])),
            sort=sorting.FlowRunSort.START_TIME_DESC,
        )


def read_artifact(key: str) -> Any:
    from prefect.artifacts import Artifact

    artifact = Artifact.get(key)
    assert artifact is not None
    return artifact.data


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_api")
def test_a_run_collects_and_makes_the_digests(home: Home) -> None:
    """`run_watch` hands back what was done; Prefect shows the week, the home, the sources and the digest."""
    from flows.run import run_watch

    collected, issues = run_watch(home, NOW)

    assert {fetch.source_id: fetch.outcome for fetch in collected.fetches} == {"campus": "new", "disparu": "failed"}
    assert [issue.digest_id for issue in issues] == ["equipe_a-2026-W10"]
    run = read_runs("watch")[0]
    assert run.name == "watch 2026-W10 · universite-d-ete"
    assert run.state.is_completed()
    rows = json.loads(read_artifact("sources"))
    assert [(row["source"], row["outcome"], row["new"]) for row in rows] == [
        ("disparu", "failed", 0),
        ("campus", "new", 1),
    ]
    assert (issues[0].path / "digest.html").as_uri() in read_artifact("digest-equipe-a")


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_api")
def test_a_collection_that_reads_nothing_is_a_failed_run(home: Home) -> None:
    """When every source failed, the run fails and its message says why."""
    from flows.collect import collect

    state = asyncio.run(collect(str(home.path), NOW, ["disparu"], return_state=True))

    assert state.is_failed()
    assert "None of the 1 sources could be read" in str(state.message)
    assert "disparu" in str(state.message)
    assert read_runs("collect")[0].state.message == state.message


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_api")
def test_a_scheduled_run_fails_with_its_reason_when_the_home_stays_held(home: Home) -> None:
    """Exclusion between runs is the home's lock, not Prefect's: the reason is in the state's message."""
    from flows.collect import collect

    with hold_home(home):
        state = asyncio.run(collect(str(home.path), NOW, return_state=True))

    assert state.is_failed()
    assert "HomeHeldError: Another run" in str(state.message)


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_api")
def test_what_the_mail_server_kept_waiting_goes_with_the_schedule(tmp_path: Path) -> None:
    """With the next collection, this week's too; else with the next digest."""
    from flows.collect import collect
    from flows.digest import digest

    home, later = Home(tmp_path), NOW + timedelta(days=7)

    def build(now: datetime, port: int) -> None:
        write_home(tmp_path, web, ["/a"], smtp_port=port)
        with open_store(home.data) as store:
            make_digests(home, load_config(home), store, now, send=True)

    with open_web() as web, open_clerk() as (clerk, port):
        web.pages["/a"] = build_rss()
        build(NOW, 9)
        write_home(tmp_path, web, ["/a"], smtp_port=port)
        asyncio.run(collect(str(tmp_path), NOW))
        assert [one.message_id[:15] for one in clerk.accepted] == ["<hebdo-2026-W10"]
        build(later, 9)
        write_home(tmp_path, web, ["/a"], smtp_port=port)
        issues = asyncio.run(digest(str(tmp_path), True, later + timedelta(days=7)))
        assert [(issue.week, issue.sent) for issue in issues] == [("2026-W12", 1), ("2026-W11", 1)]


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_api")
def test_a_broken_configuration_is_the_reason_of_the_failed_run(tmp_path: Path) -> None:
    """A scheduled run in a home that was broken meanwhile names the file."""
    from flows.digest import digest

    (tmp_path / "organisation.yaml").write_text(ORGANISATION, "utf-8")
    (tmp_path / "sources.yaml").write_text("sources: [{id: a, kind: nonsense}]\n", "utf-8")
    state = asyncio.run(digest(str(tmp_path), now=NOW, return_state=True))

    assert state.is_failed()
    assert "sources.yaml" in str(state.message)
    assert read_runs("digest")[0].name == f"digest 2026-W10 · {tmp_path.name}"


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_api")
def test_scheduled_runs_that_never_open_the_store_are_told_of(tmp_path: Path) -> None:
    """The reason is in the state's message, and in the operator's mail at the third in a row."""
    from flows.collect import collect

    with open_web() as web, open_clerk() as (clerk, port):
        write_home(tmp_path, web, ["/a"], smtp_port=port)
        file = tmp_path / "organisation.yaml"
        file.write_text(file.read_text("utf-8").replace("from:", "operator: ops@example.org, from:"), "utf-8")
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "store.duckdb").write_text("no database at all" * 999)
        states = [asyncio.run(collect(str(tmp_path), NOW + timedelta(days=day), return_state=True)) for day in range(3)]

    assert all(state.is_failed() and "cannot be opened as a store" in str(state.message) for state in states)
    assert [one.recipient for one in clerk.accepted] == ["ops@example.org"]
    assert b"cannot be opened as a store" in clerk.accepted[0].body


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_api")
def test_what_was_missed_is_caught_up_once(home: Home) -> None:
    """However many runs of a schedule were missed, the next start asks for one; a run that was killed is closed."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import StateType
    from prefect.states import Running, Scheduled

    from flows.serve import build_deployments, catch_up, close_lost_runs, close_missed, find_runs

    collect, digest = build_deployments(home, load_config(home))
    with get_client(sync_client=True) as client:
        ids = [deployment.apply() for deployment in (collect, digest)]
        for day in (1, 2, 3):
            due = Scheduled(scheduled_time=datetime(2026, 3, day, 6, 0, tzinfo=UTC))
            client.create_flow_run_from_deployment(ids[0], state=due)
        zombie = client.create_flow_run_from_deployment(ids[1])
        client.set_flow_run_state(zombie.id, Running(), force=True)

        assert close_lost_runs(client, home, [collect, digest]) == {"digest"}
        assert client.read_flow_run(zombie.id).state_type == StateType.CRASHED
        assert [close_missed(client, deployment) for deployment in (collect, digest)] == [True, False]
        catch_up(client, collect, NOW)
        assert len(find_runs(client, collect, [StateType.SCHEDULED])) == 1


def test_a_held_home_is_told_before_prefect_starts(home: Home) -> None:
    """`run_watch` raises `HomeHeldError` itself, without a server's seconds."""
    from flows.run import run_watch

    with hold_home(home), pytest.raises(HomeHeldError):
        run_watch(home, NOW)
    assert find_server(home) is None


def test_a_run_goes_on_without_a_prefect_that_does_not_answer(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning says so; sources are collected and digests made all the same."""
    from flows.run import run_watch

    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{find_free_port()}/api")
    collected, issues = run_watch(home, NOW)
    assert [fetch.source_id for fetch in collected.fetches] == ["campus", "disparu"]
    assert [issue.digest_id for issue in issues] == ["equipe_a-2026-W10"]
    assert [record.message for record in caplog.records if "goes on without it" in record.message]


# --- the server of `veille serve` -----------------------------------------------------------------------------------


class FrailServer(Server):
    """Ends as often as it is told to, falls silent if asked, and keeps count of its starts."""

    def __init__(self, ends: int, *, silent: bool = False) -> None:
        self.ends, self.silent = ends, silent
        self.starts = self.stops = 0

    def start(self) -> None:
        self.starts += 1
        self.silent = False

    def stop(self) -> None:
        self.stops += 1

    def find_end(self) -> str | None:
        return "signal 9" if self.starts < self.ends else None

    def is_healthy(self) -> bool:
        return not self.silent

    def wait_until_healthy(self) -> None:
        pass


async def watch_for_a_moment(server: Server) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            await keep_alive(server, watch_seconds=0.001, look_seconds=0.01)


@pytest.mark.parametrize(
    ("server", "stops"), [(FrailServer(1), 0), (FrailServer(5), 0), (FrailServer(0, silent=True), 1)]
)
def test_a_prefect_server_that_ends_or_falls_silent_is_started_again(server: FrailServer, stops: int) -> None:
    """Whoever killed it: the schedules go on."""
    asyncio.run(watch_for_a_moment(server))
    assert (server.starts, server.stops) == (max(server.ends, stops), stops)


def test_a_prefect_server_that_keeps_ending_ends_the_service() -> None:
    """In one sentence, and with an exit code by which a service manager knows."""
    with pytest.raises(ServerError, match="6 times within an hour"):
        asyncio.run(watch_for_a_moment(FrailServer(99)))


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "TAKEN"])
def test_a_port_that_cannot_be_had_is_told(port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's server that answers there is not taken for ours."""
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with open_web() as web:
        web.pages["/api/health"] = b"true"
        monkeypatch.setenv("PREFECT_SERVER_API_PORT", port.replace("TAKEN", web.address.partition(":")[2]))
        with pytest.raises(ServerError, match="port"), open_pages(Home(tmp_path)):
            pass
        assert web.asked == []


@pytest.mark.prefect
def test_a_service_whose_prefect_was_killed_goes_on(tmp_path: Path) -> None:
    """The server comes back at its address, no process is left over, and the service still ends when it is told to."""
    port = str(find_free_port())
    with open_web() as web:
        write_home(tmp_path, web, ["/a"])
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("veille")), "--home", str(tmp_path), "serve"],
            env=environment | {"PREFECT_SERVER_API_PORT": port},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Prefect: http://127.0.0.1:{port}/dashboard\n"
        first = find_child(process.pid)
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: find_child(process.pid) not in (0, first) and _is_healthy(int(port)))
        process.terminate()
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, "Traceback" in said) == (0, False), said
    assert "Prefect's server ended (signal 9): it is started again" in said
    assert not _is_healthy(int(port))


def find_child(parent: int) -> int:
    """The process of the server; 0 without one."""
    found = subprocess.run(
        ["ps", "--ppid", str(parent), "-o", "pid=,args="], capture_output=True, text=True, check=False
    )
    lines = [line.split() for line in found.stdout.splitlines() if "flows.server" in line]
    return int(lines[0][0]) if lines else 0


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_nothing_is_sent_to_prefects_makers(tmp_path: Path) -> None:
    """Every telemetry switch of the installed Prefect is off, and its state is in the home."""
    home = Home(tmp_path)
    script = (
        "from prefect.settings import get_current_settings as g; from prefect._internal.analytics import enabled as e;"
        "s = g(); print(s.home, s.server.analytics_enabled, s.cloud.enable_orchestration_telemetry,"
        "s.telemetry.enable_resource_metrics, s.server.ui.v2_enabled, e.is_telemetry_enabled())"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "DO_NOT"))}
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=environment | build_settings(home),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert run.stdout.split() == [str(home.data / "prefect"), *["False"] * 5]


def test_settings_of_the_environment_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the operator set is not overruled."""
    for name in build_settings(Home(tmp_path)):
        monkeypatch.setenv(name, "theirs")
    prepare_prefect(Home(tmp_path))
    assert {os.environ[name] for name in build_settings(Home(tmp_path))} == {"theirs"}


@pytest.mark.usefixtures("prefect_api")
@pytest.mark.prefect
@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (1, [1]), (20, [20]), (21, [10, 11]), (50, [17, 16, 17]), (98, [20, 19, 20, 19, 20]), (304, [19] * 16)],
)
def test_batches_are_few_and_of_one_size(count: int, sizes: list[int]) -> None:
    """Sources are split into batches of 10 to 20, in order and completely."""
    from flows.collect import split_batches

    batches = split_batches(range(count))  # type: ignore[arg-type]
    assert [len(batch) for batch in batches] == sizes
    assert [one for batch in batches for one in batch] == list(range(count))


@pytest.mark.usefixtures("prefect_api")
@pytest.mark.prefect
def test_outcomes_are_worded() -> None:
    """A digest's state names its counts and what went wrong; a failing source comes first in the table."""
    from flows.collect import build_rows
    from flows.digest import build_markdown, describe_issues, tell_outcome

    issue = Issue("hebdo-2026-W10", "hebdo", "2026-W10", Path("/r"), 3, waiting=2, error="Nobody answers.")
    assert describe_issues([issue]) == "hebdo-2026-W10: 3 entries, 2 waiting. Nobody answers."
    assert tell_outcome([issue]).is_failed()
    assert "````text\na ``` b\n````\n" in build_markdown(issue, "a ``` b\n\n")
    rows = build_rows([Fetch("a", NOW, 0.1, "new"), Fetch("b", NOW, 0.1, "cut"), Fetch("c", NOW, 0.1, "gone")])
    assert [row["source"] for row in rows] == ["c", "b", "a"]
