"""`veille serve`: both schedules of a home with Prefect, each run in a process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from flows.environment import API_URL, prepare_prefect
from flows.run import check_api, find_absence
from flows.server import Server, ServerError, is_free, open_server
from veille.config import Config
from veille.home import Home, HomeHeldError, hold_home

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, StateType
    from prefect.deployments.runner import RunnerDeployment

logger = logging.getLogger(__name__)

PORT = 4200  # Prefect's own
# A scheduled run waits so long for one that holds the home: a digest for a long collection, mostly.
WAIT_SECONDS = 2 * 3600
# A digest that was missed follows the collection that was missed.
CATCH_UP_GAP = timedelta(minutes=1)
# A server that ended is started again, unless it keeps ending; one that answers nothing for three looks is ended.
WATCH_SECONDS, LOOK_SECONDS = 1.0, 20.0
MOST_STARTS, MOST_SILENCES = 5, 3
STARTS_SECONDS, AGAIN_SECONDS = 3600.0, 5.0


def serve(
    home: Home,
    config: Config,
    tell: Callable[[str], None] = partial(print, flush=True),  # noqa: B008 - a journal wants its lines now
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Register both schedules and run them until SIGINT or SIGTERM; with a Prefect server of our own if none is set.

    A schedule that was missed while nothing served it is caught up once; a server of our own that ends is started
    again. Calls ``on_ready`` once the schedules are registered. Raises `flows.server.ServerError`.
    """
    prepare_prefect(home)
    with open_pages(home) as (address, server):
        try:
            _serve(home, config, address, server, tell, on_ready)
        except Exception as error:
            if (reason := find_group_absence(error)) is None:
                raise
            raise ServerError(f"Prefect cannot be used, so nothing is scheduled any more: {reason}") from error


def _serve(
    home: Home,
    config: Config,
    address: str,
    server: Server | None,
    tell: Callable[[str], None],
    on_ready: Callable[[], None],
) -> None:
    from prefect.client.orchestration import get_client

    deployments = build_deployments(home, config)
    with get_client(sync_client=True) as client:
        lost = close_lost_runs(client, home, deployments)
        missed = [one for one in deployments if close_missed(client, one) or one.flow_name in lost]
        for place, one in enumerate(missed):
            catch_up(client, one, datetime.now(UTC) + place * CATCH_UP_GAP)
    zone, schedule = config.organisation.timezone, config.schedule
    tell(f"Prefect: {address}")
    tell(f"collect {schedule.collect}, digest {schedule.digest} ({zone})" + _tell_missed(missed))
    tell("Ctrl-C stops; a change of the schedule counts from the next start on.")
    asyncio.run(run_until_stopped(deployments, server, on_ready))


def find_group_absence(error: BaseException) -> str | None:
    """As `find_absence`, also for what Prefect's runner raises when it has tried in vain for a while: groups."""
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(find_group_absence, error.exceptions)), None)
    if isinstance(error, RuntimeError) and "error threshold" in str(error):
        return "its API did not answer for a while"
    return find_absence(error)


async def run_until_stopped(
    deployments: Sequence[RunnerDeployment],
    server: Server | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Start each run that is due in a process of its own, until SIGINT or SIGTERM, which end those processes too."""
    # What they say when a server ends is told in one line by `keep_alive`, and not as their tracebacks.
    for name in ("prefect.FlowRunCancellingObserver", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    running = asyncio.create_task(_run(deployments, on_ready, tries=MOST_STARTS if server else 0))
    watching = asyncio.create_task(keep_alive(server)) if server else None
    try:
        with suppress(asyncio.CancelledError):
            await asyncio.wait({running, *filter(None, [watching])}, return_when=asyncio.FIRST_COMPLETED)
        for task in (watching, running):
            if task and task.done() and not task.cancelled():
                task.result()  # raises what ended it
                raise ServerError("Prefect's runner ended by itself, so nothing is scheduled any more.")
    finally:
        for task in filter(None, (watching, running)):
            task.cancel()
        await asyncio.gather(running, *filter(None, [watching]), return_exceptions=True)


async def _run(deployments: Sequence[RunnerDeployment], on_ready: Callable[[], None], tries: int) -> None:
    """Register and run the deployments, anew if Prefect's server was away for longer than its runner tries."""
    while True:
        try:
            return await _register_and_run(deployments, on_ready)
        except Exception as error:
            if tries == 0 or find_group_absence(error) is None:
                raise
        tries -= 1
        await asyncio.sleep(AGAIN_SECONDS)


async def _register_and_run(deployments: Sequence[RunnerDeployment], on_ready: Callable[[], None]) -> None:
    from prefect.runner import Runner

    # The schedules go on while nobody serves them: that is how the next start knows what was missed.
    runner = Runner(pause_on_shutdown=False)
    _cancel_on_signals()
    for one in deployments:
        await runner.aadd_deployment(one)
    on_ready()
    running = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # it sets its own handler first, which leaves a coroutine behind
    _cancel_on_signals()
    await running


def _cancel_on_signals() -> None:
    """SIGINT and SIGTERM cancel the task that calls this."""
    task = asyncio.current_task()
    assert task is not None
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, task.cancel)


async def keep_alive(
    server: Server, *, watch_seconds: float = WATCH_SECONDS, look_seconds: float = LOOK_SECONDS
) -> None:
    """Start the server again whenever it ends or has fallen silent; raises `ServerError` when that does not help."""
    ended: deque[float] = deque(maxlen=MOST_STARTS)
    silences, looked_at = 0, time.monotonic()
    while True:
        await asyncio.sleep(watch_seconds)
        if (end := server.find_end()) is None:
            if time.monotonic() - looked_at < look_seconds:
                continue
            silences = 0 if await asyncio.to_thread(server.is_healthy) else silences + 1
            looked_at = time.monotonic()
            if silences < MOST_SILENCES:
                continue
            end = "it answered nothing any more"
            await asyncio.to_thread(server.stop)
        if len(ended) == MOST_STARTS and time.monotonic() - ended[0] < STARTS_SECONDS:
            raise ServerError(f"Prefect's server ended {MOST_STARTS + 1} times within an hour ({end}).")
        ended.append(time.monotonic())
        logger.warning("Prefect's server ended (%s): it is started again", end)
        server.start()  # from here: it lives as long as the thread that started it
        await asyncio.to_thread(server.wait_until_healthy)
        silences = 0


@contextmanager
def open_pages(home: Home) -> Iterator[tuple[str, Server | None]]:
    """The configured Prefect API, else a server of our own; yields the address that a person opens, and the server."""
    if configured := os.environ.get(API_URL):
        check_api(configured)
        yield configured.removesuffix("/api"), None
        return
    with open_server(home, port=find_port(), ui=True) as server:
        os.environ[API_URL] = f"{server.address}/api"
        yield f"{server.address}/dashboard", server


def find_port() -> int:
    """The port of the pages: the one that is asked for, else Prefect's own, else 0 for a free one."""
    asked = os.environ.get("PREFECT_SERVER_API_PORT")
    if not asked:
        return PORT if is_free(PORT) else 0
    if not (asked.isascii() and asked.isdigit() and 0 < int(asked) < 65536):
        raise ServerError(f"PREFECT_SERVER_API_PORT is {asked!r}, which is no port: set a number, or leave it out.")
    return int(asked)


def build_deployments(home: Home, config: Config) -> list[RunnerDeployment]:
    """`collect` and `digest` of this home, on their schedules in the organisation's time zone."""
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    from flows.collect import collect
    from flows.digest import digest
    from flows.naming import label_home

    parameters = {"home": str(home.path), "wait_seconds": WAIT_SECONDS}
    return [
        RunnerDeployment.from_flow(
            flow,
            label_home(config),
            schedule=Cron(line, timezone=config.organisation.timezone),
            parameters=parameters | more,
            description=f"{config.organisation.name}: {home.path}",
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for flow, line, more in (
            (collect, config.schedule.collect, {}),
            (digest, config.schedule.digest, {"send": True}),
        )
    ]


def close_missed(client: SyncPrefectClient, deployment: RunnerDeployment) -> bool:
    """Whether runs were due while nobody served them; they are cancelled, or each of them would start now."""
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled

    now = datetime.now(UTC)
    missed = [
        run
        for run in find_runs(client, deployment, [StateType.SCHEDULED])
        if run.expected_start_time and run.expected_start_time < now
    ]
    for run in missed:
        message = "Nothing served this schedule when the run was due: one run catches up for all that were missed."
        client.set_flow_run_state(run.id, Cancelled(name="Missed", message=message), force=True)
    return bool(missed)


def catch_up(client: SyncPrefectClient, deployment: RunnerDeployment, at: datetime) -> None:
    """One run for all that were missed: the ledger and the bookmarks know what is left to do."""
    from prefect.states import Scheduled

    known = client.read_deployment_by_name(f"{deployment.flow_name}/{deployment.name}")
    client.create_flow_run_from_deployment(known.id, state=Scheduled(scheduled_time=at))


def close_lost_runs(client: SyncPrefectClient, home: Home, deployments: Sequence[RunnerDeployment]) -> set[str]:
    """Mark as crashed what a killed process left `Running`, and name those flows; nothing runs if the home is free."""
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    lost: set[str] = set()
    try:
        with hold_home(home):
            for deployment in deployments:
                for run in find_runs(client, deployment, [StateType.RUNNING, StateType.PENDING]):
                    message = "The process of this run ended without a word: it was killed, or the machine stopped."
                    client.set_flow_run_state(run.id, Crashed(message=message), force=True)
                    lost.add(str(deployment.flow_name))
    except HomeHeldError:
        pass
    return lost


def find_runs(client: SyncPrefectClient, deployment: RunnerDeployment, states: Sequence[StateType]) -> list[FlowRun]:
    """The runs of a deployment that are in one of these states, oldest first."""
    from prefect.client.schemas import filters, sorting

    return client.read_flow_runs(
        flow_filter=filters.FlowFilter(name=filters.FlowFilterName(any_=[str(deployment.flow_name)])),
        deployment_filter=filters.DeploymentFilter(name=filters.DeploymentFilterName(any_=[deployment.name])),
        flow_run_filter=filters.FlowRunFilter(
            state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=list(states)))
        ),
        sort=sorting.FlowRunSort.EXPECTED_START_TIME_ASC,
    )


def _tell_missed(missed: Sequence[RunnerDeployment]) -> str:
    names = " and ".join(str(one.flow_name) for one in missed)
    return f"; {names}: missed while nothing served, run once now" if missed else ""
