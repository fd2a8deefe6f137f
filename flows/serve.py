"""`veille serve`: both schedules of a home with Prefect, each run in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flows.environment import API_URL, prepare_prefect
from flows.server import is_free, open_server
from veille.config import Config
from veille.home import Home, HomeHeldError, hold_home

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, StateType
    from prefect.deployments.runner import RunnerDeployment

PORT = 4200  # Prefect's own
# A scheduled run waits so long for one that holds the home: a digest for a long collection, mostly.
WAIT_SECONDS = 2 * 3600
# A digest that was missed follows the collection that was missed.
CATCH_UP_GAP = timedelta(minutes=1)


def serve(home: Home, config: Config, tell: Callable[[str], None] = print) -> None:
    """Register both schedules and run them until SIGINT or SIGTERM; with a Prefect server of our own if none is set.

    A schedule that was missed while nothing served it is caught up once. Raises `flows.server.ServerError`.
    """
    prepare_prefect(home)
    with open_pages(home) as address:
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
        asyncio.run(run_until_stopped(deployments))


async def run_until_stopped(deployments: Sequence[RunnerDeployment]) -> None:
    """Start each run that is due in a process of its own, until SIGINT or SIGTERM, which end those processes too."""
    from prefect.runner import Runner

    # The schedules go on while nobody serves them: that is how the next start knows what was missed.
    runner = Runner(pause_on_shutdown=False)
    for one in deployments:
        await runner.aadd_deployment(one)
    running = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # it sets its own handler first, which leaves a coroutine behind
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, running.cancel)
    with suppress(asyncio.CancelledError):
        await running


@contextmanager
def open_pages(home: Home) -> Iterator[str]:
    """The configured Prefect API, else a server of our own; yields the address that a person opens."""
    if configured := os.environ.get(API_URL):
        yield configured.removesuffix("/api")
        return
    port = int(os.environ.get("PREFECT_SERVER_API_PORT") or (PORT if is_free(PORT) else 0))
    with open_server(home, port=port, ui=True) as address:
        os.environ[API_URL] = f"{address}/api"
        yield f"{address}/dashboard"


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
