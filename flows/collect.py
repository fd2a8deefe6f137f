"""The flow `collect`: one collection pass, a task for each batch of sources."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import chain, pairwise
from math import ceil
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.naming import name_run
from veille import pipeline
from veille.alerts import counted_run
from veille.collect import CollectBatch
from veille.config import Config, Source
from veille.home import Home, HomeHeldError, hold_home, load_config
from veille.pipeline import FAILURES, Collected
from veille.store import Store, open_store
from veille.values import Fetch

BATCH = 20  # sources a task: a page of tasks stays readable, and Prefect stalls on hundreds of them
POLL_SECONDS = 5.0


@flow(name="collect", flow_run_name=name_run)
async def collect(
    home: str, now: datetime | None = None, only: Sequence[str] = (), wait_seconds: float = 0
) -> State[Any]:
    """Collects every enabled source of a home, or those named; waits so long for another run to end.

    The run fails, with the reason as its message, when nothing could be collected.
    """
    where, now = Home(Path(home)), now or datetime.now(UTC).replace(microsecond=0)
    with counted_run(where, "collect", now, held_is_failure=True) as attempt:
        config = load_config(where)
        async with hold_when_free(where, wait_seconds):
            with open_store(where.data) as store:
                collected = await collect_in_batches(where, config, store, now, only)
                send_waiting(where, config, store, now)
        if failure := pipeline.find_failure(collected):
            attempt.fail(failure)
    return tell_outcome(collected)


async def collect_in_batches(
    home: Home, config: Config, store: Store, now: datetime, only: Sequence[str] = ()
) -> Collected:
    """One pass of the pipeline inside a flow run: a task a batch, and the table `sources` as an artifact."""
    collected = await pipeline.collect(home, config, store, now, only=only, run_each=run_batches)
    await acreate_table_artifact(
        key="sources", table=build_rows(collected.fetches), description=describe_collected(collected)
    )
    return collected


def send_waiting(home: Home, config: Config, store: Store, now: datetime) -> None:
    """Try again, once a collection, what the mail server kept waiting; what still waits is no failure of this run."""
    from veille.sending import find_waiting, send_issues  # rendering and mail: most collections do without

    if not (issues := find_waiting(home, config, store, now)):
        return
    try:
        for issue in send_issues(home, config, store, issues, now):
            said = f"{issue.digest_id}: {issue.sent} sent, {issue.refused} refused, {issue.waiting} waiting"
            get_run_logger().info("%s. %s", said, issue.error or "")
    finally:
        store.publish()


async def run_batches(collect_batch: CollectBatch, sources: Sequence[Source]) -> list[Fetch]:
    """The map over sources as Prefect tasks, all at once and in this event loop: they share client and store."""
    batches, first, tasks = split_batches(sources), 1, []
    for batch in batches:
        name = f"sources {first} to {first + len(batch) - 1} of {len(sources)}"
        tasks.append(collect_some.with_options(task_run_name=name)(collect_batch, batch))
        first += len(batch)
    return list(chain.from_iterable(await asyncio.gather(*tasks)))


# No retries: a source that fails is a value here, and is asked again at the next collection.
@task(name="sources", cache_policy=NO_CACHE)
async def collect_some(collect_batch: CollectBatch, batch: Sequence[Source]) -> list[Fetch]:
    """One batch of sources; those that failed are in its log."""
    fetches = await collect_batch(batch)
    for fetch in fetches:
        if fetch.outcome in FAILURES:
            get_run_logger().warning("%s %s: %s", fetch.source_id, fetch.outcome, fetch.error)
    return fetches


def split_batches(sources: Sequence[Source], size: int = BATCH) -> list[Sequence[Source]]:
    """As few batches as that size allows, of about the same length, in order."""
    count = ceil(len(sources) / size)
    bounds = [round(len(sources) * part / count) for part in range(count + 1)] if count else [0]
    return [sources[start:end] for start, end in pairwise(bounds)]


def build_rows(fetches: Sequence[Fetch]) -> list[dict[str, Any]]:
    """A row a source: what failed comes first, then what was cut, then by name."""
    order = sorted(fetches, key=lambda one: (one.outcome not in FAILURES, one.outcome != "cut", one.source_id))
    return [
        {
            "source": fetch.source_id,
            "outcome": fetch.outcome,
            "new": fetch.items_new,
            "changed": fetch.items_changed,
            "seconds": fetch.seconds,
            "error": fetch.error,
        }
        for fetch in order
    ]


def describe_collected(collected: Collected) -> str:
    """One sentence: what a pass brought, or why it brought nothing."""
    count = len(collected.fetches)
    if collected.all_failed:
        return pipeline.describe_failures(collected.fetches)
    failed = sum(fetch.outcome in FAILURES for fetch in collected.fetches)
    return (
        f"{collected.items_new} new and {collected.items_changed} changed items, {collected.stories_new} new stories,"
        f" from {count} sources, of which {failed} could not be read."
    )


def tell_outcome(collected: Collected) -> State[Any]:
    """The state that a run ends in, with what was collected as its data."""
    end = Failed if collected.all_failed else Completed
    return end(message=describe_collected(collected), data=collected)


@asynccontextmanager
async def hold_when_free(home: Home, wait_seconds: float) -> AsyncIterator[None]:
    """Hold the home; when another run does, wait for it so long. Raises `HomeHeldError` after that."""
    until = time.monotonic() + wait_seconds
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(hold_home(home))
                break
            except HomeHeldError:
                if time.monotonic() >= until:
                    raise
            await asyncio.sleep(POLL_SECONDS)
        yield
