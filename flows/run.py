"""`veille run`: collect, then digest, as one Prefect flow in this process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flows.environment import API_URL, prepare_prefect
from flows.server import find_server, open_server
from veille.home import Home, hold_home, load_config
from veille.issue import Issue
from veille.pipeline import Collected

FLUSH_SECONDS = 10.0


def run_watch(
    home: Home, now: datetime, *, only: Sequence[str] = (), send: bool = False
) -> tuple[Collected, list[Issue]]:
    """Run the flow `watch` under the Prefect API that is configured or serves this home, else one of our own.

    Raises what the pipeline raises, unchanged, `HomeHeldError` and `ConfigError` before Prefect is started, and
    `flows.server.ServerError`.
    """
    load_config(home)
    with hold_home(home), open_api(home):
        return asyncio.run(_watch(home, now, only, send))


@contextmanager
def open_api(home: Home) -> Iterator[None]:
    """A Prefect API for this process: the configured one, that of a living `veille serve`, else a short-lived one."""
    prepare_prefect(home)
    if os.environ.get(API_URL):
        yield
    elif address := find_server(home):
        with _using(f"{address}/api"):
            yield
    else:
        with open_server(home) as address, _using(f"{address}/api"):
            yield


@contextmanager
def _using(url: str) -> Iterator[None]:
    """Prefect speaks to that API until the block ends, and has told it everything by then."""
    os.environ[API_URL] = url
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker
    from prefect.settings import PREFECT_API_URL, temporary_settings

    try:
        with temporary_settings({PREFECT_API_URL: url}):
            try:
                yield
            finally:
                for worker in (EventsWorker, APILogWorker):
                    worker.drain_all(timeout=FLUSH_SECONDS)
    finally:
        del os.environ[API_URL]


async def _watch(home: Home, now: datetime, only: Sequence[str], send: bool) -> tuple[Collected, list[Issue]]:
    from flows.watch import watch

    state: Any = await watch(str(home.path), now, tuple(only), send, return_state=True)
    result = await state.result(raise_on_failure=False)
    if isinstance(result, BaseException):
        raise result
    collected, issues = result
    return collected, issues
