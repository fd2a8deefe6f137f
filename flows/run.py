"""`veille run`: collect, then digest, as one Prefect flow in this process."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from flows.environment import API_URL, prepare_prefect
from flows.server import ServerError, find_server, open_server
from veille import pipeline
from veille.home import Home, hold_home, load_config
from veille.issue import Issue
from veille.pipeline import Collected
from veille.store import open_store

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 10.0
ANSWER_SECONDS = 5.0


def run_watch(
    home: Home, now: datetime, *, only: Sequence[str] = (), send: bool = False
) -> tuple[Collected, list[Issue]]:
    """Run the flow `watch` under the Prefect API that is configured or serves this home, else one of our own.

    Prefect shows a run, and is not needed for one: without an API that answers, or when it goes away in the middle, the
    pipeline goes on by itself. What was done before is not done again.
    Raises what the pipeline raises, unchanged, and `HomeHeldError` and `ConfigError` before Prefect is started.
    """
    config = load_config(home)
    with hold_home(home):
        try:
            with open_api(home):
                return asyncio.run(_watch(home, now, only, send))
        except Exception as error:
            if (reason := find_absence(error)) is None:
                raise
            logger.warning("Prefect cannot be used, so this run goes on without it and is not shown there: %s", reason)
        with open_store(home.data) as store:
            collected = asyncio.run(pipeline.collect(home, config, store, now, only=only))
            return collected, pipeline.make_digests(home, config, store, now, send=send)


def find_absence(error: BaseException) -> str | None:
    """Why Prefect could not be used, if that is what this error says; None for one of the pipeline's.

    The pipeline's own requests never raise: what a source does to them is an outcome.
    """
    if isinstance(error, ServerError):
        return str(error)
    from httpx import HTTPError as RequestError
    from prefect.exceptions import PrefectException

    if isinstance(error, RequestError | PrefectException | ConnectionError):
        return f"{os.environ.get(API_URL) or 'its server'} ({type(error).__name__}: {error})"
    cause = error.__cause__ or error.__context__
    return find_absence(cause) if cause is not None and isinstance(error, RuntimeError) else None


def check_api(url: str) -> None:
    """Raises `ServerError` where no Prefect API answers within a few seconds: its own client would try for minutes."""
    try:
        with urlopen(f"{url.rstrip('/')}/health", timeout=ANSWER_SECONDS):
            pass
    except HTTPError:
        pass  # somebody is there, and wants a key that Prefect's client has
    except (OSError, ValueError) as error:
        raise ServerError(f"{API_URL}={url} does not answer ({getattr(error, 'reason', error)})") from error


@contextmanager
def open_api(home: Home) -> Iterator[None]:
    """A Prefect API for this process: the configured one, that of a living `veille serve`, else a short-lived one."""
    prepare_prefect(home)
    if configured := os.environ.get(API_URL):
        check_api(configured)
        yield
    elif address := find_server(home):
        with _using(f"{address}/api"):
            yield
    else:
        with open_server(home) as server, _using(f"{server.address}/api"):
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
