"""Answers to pages in worker processes: a parse that hangs or eats memory is killed, and every core works."""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

from veille.config import Source
from veille.kinds import UnreadableError, load_kind
from veille.values import Answer, Page

PARSE_SECONDS = 30.0
PACKED_ITEMS = 5_000
WORKER_BYTES = 240 << 20  # of addresses, beside what a worker starts with; a model of languages may need 160 of these
# Large answers are read alone, one after another: for memory, and so that others are not kept waiting by several.
LARGE_BYTES = 1 << 20  # of an answer
LARGE_WORKER_BYTES = 320 << 20
QUEUED = 2  # answers a worker, one of which waits: so that it never waits for one
PRELOADED = ["__main__", "veille.parse", "veille.kinds.feeds", "lxml.etree", "feedparser"]


class ParseFailedError(Exception):
    """A parse that had to be ended, or that ended its worker; says what happened, where, and what to do."""


def parse_answer(source: Source, answer: Answer, now: datetime) -> Page:
    """The page that an answer holds, by the source's kind."""
    kind = load_kind(source.kind)
    if kind is None:
        raise LookupError(f"the kind {source.kind} is not built")
    return kind.parse(source, answer.body, answer.headers, answer.url, now)


def parse_packed(source: Source, answer: Answer, now: datetime) -> list[bytes]:
    """The same for the way between processes, in pieces: 100,000 items in one would take as much room again.

    Runs in a worker.
    """
    page = parse_answer(source, answer, now)
    items = page.items
    parts = [items[start : start + PACKED_ITEMS] for start in range(0, len(items), PACKED_ITEMS)]
    return [pickle.dumps(one, pickle.HIGHEST_PROTOCOL) for one in (replace(page, items=()), *parts)]


def unpack_page(packed: Sequence[bytes]) -> Page:
    page: Page
    page, *parts = map(pickle.loads, packed)
    return replace(page, items=tuple(chain.from_iterable(parts)))


class ParserPool:
    """Worker processes for parsing, started when the first answer comes. Use as a context manager."""

    def __init__(self, workers: int, seconds: float, memory_bytes: int, large_memory_bytes: int) -> None:
        self._workers = workers
        self._seconds = seconds
        self._memory_bytes = {False: memory_bytes, True: large_memory_bytes}
        self._alone = asyncio.Lock()
        self._turns = asyncio.Semaphore(workers * QUEUED)
        self._pools: dict[bool, Any] = {}  # for ordinary answers, and for large ones

    def __enter__(self) -> ParserPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            if error is None:
                pool.close()
            else:
                pool.stop()
            pool.join()
        self._pools = {}

    async def parse(self, source: Source, answer: Answer, now: datetime) -> Page:
        """The page of an answer.

        Raises what the kind raises (`UnreadableError`), and `ParseFailedError` when the parse takes longer than its
        limit, counted from its own start, needs more memory than a worker may have, or kills its worker.
        """
        if len(answer.body) < LARGE_BYTES:  # what is left of one that was cut for its cost is as large
            async with self._turns:
                return await self._parse(source, answer, now, large=False)
        async with self._alone, AsyncExitStack() as turns:
            for _ in range(self._workers * QUEUED):
                await turns.enter_async_context(self._turns)
            if idle := self._pools.pop(False, None):  # what its workers have grown to is room for this one
                idle.stop()
                idle.join()
            return await self._parse(source, answer, now, large=True)

    async def _parse(self, source: Source, answer: Answer, now: datetime, *, large: bool) -> Page:
        from concurrent.futures.process import BrokenProcessPool

        for _ in range(2):
            pool: Any = self._started(large)
            try:
                return await self._parse_in(pool, source, answer, now, large=large)
            except BrokenProcessPool:  # every worker died at once: the other answers go on in new ones
                if pool in self._pools.values():
                    del self._pools[large]
                    pool.stop()
        raise ParseFailedError(_failure(source, answer, "ended every worker process, twice"))

    async def _parse_in(self, pool: Any, source: Source, answer: Answer, now: datetime, *, large: bool) -> Page:
        from concurrent.futures.process import BrokenProcessPool

        from pebble import ProcessExpired

        try:
            future = pool.schedule(parse_packed, args=(source, answer, now), timeout=self._seconds)
        except RuntimeError as error:  # another answer broke the pool a moment ago
            raise BrokenProcessPool(str(error)) from None
        try:
            return unpack_page(await asyncio.wrap_future(future))
        except TimeoutError:
            raise ParseFailedError(_failure(source, answer, f"took over {self._seconds:g} s and was ended")) from None
        except MemoryError:
            limit = f"needs over {self._memory_bytes[large] >> 20} MiB and was ended"
            raise ParseFailedError(_failure(source, answer, limit)) from None
        except ProcessExpired as error:
            raise ParseFailedError(_failure(source, answer, f"ended its worker process ({error})")) from None
        except (UnreadableError, BrokenProcessPool):
            raise
        except Exception as error:  # a fault of ours that this answer has found: it must cost nothing but itself
            fault = f"failed, a fault of veille's: please report it ({type(error).__name__}: {str(error)[:200]})"
            raise ParseFailedError(_failure(source, answer, fault)) from error

    def _started(self, large: bool) -> Any:
        if large not in self._pools:
            import multiprocessing

            from pebble import ProcessPool

            # A fork of this process would inherit the locks of its threads; forks of a fresh one share its imports.
            context = multiprocessing.get_context("forkserver")
            # The program itself is among them: else each worker would import it again.
            context.set_forkserver_preload(PRELOADED)
            self._pools[large] = ProcessPool(
                max_workers=1 if large else self._workers,
                max_tasks=1 if large else 0,  # what a large answer took goes back with its worker
                initializer=_limit_memory,
                initargs=(self._memory_bytes[large],),
                context=context,
            )
        return self._pools[large]


def open_parser(
    workers: int | None = None,
    *,
    seconds: float = PARSE_SECONDS,
    memory_bytes: int = WORKER_BYTES,
    large_memory_bytes: int = LARGE_WORKER_BYTES,
) -> ParserPool:
    """Parsing in at most ``workers`` processes (the cores of this machine, up to four, when None)."""
    return ParserPool(workers or min(os.cpu_count() or 2, 4), seconds, memory_bytes, large_memory_bytes)


def _limit_memory(memory_bytes: int) -> None:
    """Beside what the worker has already, most of it libraries that it shares with the others."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # each would hold 40 MB of addresses for nothing
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)  # what the machine allows may be less
    limit = held + memory_bytes if most == resource.RLIM_INFINITY else min(held + memory_bytes, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _failure(source: Source, answer: Answer, what: str) -> str:
    return (
        f"reading the {len(answer.body)} bytes of {source.id} {what}; "
        "look at what the address answers, or disable the source"
    )
