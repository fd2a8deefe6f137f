from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from veille.config import Source
from veille.kinds import UnreadableError
from veille.parse import LARGE_BYTES, PACKED_ITEMS, ParseFailedError, ParserPool, open_parser, parse_answer
from veille.values import Answer, Page

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = Source(id="press", kind="rss")
SIZES = (1, PACKED_ITEMS + 1, 3)
ITEM = b"<item><title>A title of some length</title><link>https://e.org/%d</link></item>"


def feed(entries: int) -> Answer:
    body = b"<rss><channel>" + b"".join(ITEM % number for number in range(entries)) + b"</channel></rss>"
    return Answer("https://e.org/feed", 200, {"content-type": "application/xml"}, body)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_a_worker_gives_what_the_kind_gives() -> None:
    """A page that went through a worker is the page that the kind reads in this process."""

    async def work() -> tuple[Page, ...]:
        with open_parser(2) as pool:
            return tuple(await asyncio.gather(*(pool.parse(SOURCE, feed(n), NOW) for n in SIZES)))

    assert run(work()) == tuple(parse_answer(SOURCE, feed(n), NOW) for n in SIZES)


def test_a_large_answer_has_the_room_to_itself() -> None:
    """The workers for ordinary answers, with what they have grown to, are gone while a large one is read."""

    async def work() -> tuple[set[int | None], set[int | None]]:
        with open_parser(2) as pool:
            await pool.parse(SOURCE, feed(1), NOW)
            before = {process.pid for process in multiprocessing.active_children()}
            large = replace(feed(1), body=feed(1).body + b" " * LARGE_BYTES)
            await pool.parse(SOURCE, large, NOW)
            return before, {process.pid for process in multiprocessing.active_children()}

    before, after = run(work())
    assert before
    assert before.isdisjoint(after)


def test_nothing_to_parse_starts_nothing() -> None:
    """A parser that is not used starts no process."""
    before = multiprocessing.active_children()
    with open_parser(2):
        assert multiprocessing.active_children() == before


def test_an_unreadable_answer_is_told_as_it_is() -> None:
    """What the kind says of an unreadable answer crosses the process boundary, and the pool goes on."""

    async def work() -> Page:
        with open_parser(1) as pool:
            with pytest.raises(UnreadableError, match='an HTML page titled "Gone"'):
                await pool.parse(SOURCE, Answer("https://e.org/", 200, {}, b"<html><title>Gone</title></html>"), NOW)
            return await pool.parse(SOURCE, feed(2), NOW)

    assert len(run(work()).items) == 2


def test_a_long_parse_is_ended() -> None:
    """A parse over its limit fails with a sentence that names the source; the next one is read."""

    async def work() -> Page:
        with open_parser(1, seconds=0.2) as pool:
            with pytest.raises(ParseFailedError, match=r"press took over 0\.2 s"):
                await pool.parse(SOURCE, feed(20_000), NOW)
            return await pool.parse(SOURCE, feed(2), NOW)

    assert len(run(work()).items) == 2


def test_waiting_for_a_worker_is_not_counted() -> None:
    """The limit counts from a parse's own start: a queue longer than the limit loses nothing."""

    async def work() -> list[Page]:
        with open_parser(1, seconds=1.0) as pool:
            return list(await asyncio.gather(*(pool.parse(SOURCE, feed(1_000), NOW) for _ in range(6))))

    assert [len(page.items) for page in run(work())] == [1_000] * 6


def test_a_parse_that_eats_memory_is_ended() -> None:
    """A parse that needs more memory than a worker may have fails alone, wherever in the worker it strikes."""

    async def work() -> Page:
        with open_parser(1, memory_bytes=300 << 20) as pool:
            big = Answer(
                "https://e.org/", 200, {}, b"<rss><channel><item><title>" + b"x" * (60 << 20) + b"</title></item>"
            )
            with pytest.raises(ParseFailedError, match="press"):
                await pool.parse(SOURCE, big, NOW)
            return await pool.parse(SOURCE, feed(2), NOW)

    assert len(run(work()).items) == 2


def test_a_killed_worker_costs_one_answer() -> None:
    """When the system kills a worker, its answer fails with a sentence and the others are read."""

    async def work() -> list[Page | BaseException]:
        with open_parser(1) as pool:
            await pool.parse(SOURCE, feed(1), NOW)
            first = asyncio.create_task(pool.parse(SOURCE, feed(20_000), NOW))
            rest = [asyncio.create_task(pool.parse(SOURCE, feed(2), NOW)) for _ in range(3)]
            await asyncio.sleep(0.5)
            for pid in workers(pool):
                os.kill(pid, signal.SIGKILL)
            return await asyncio.gather(first, *rest, return_exceptions=True)

    first, *rest = run(work())
    assert isinstance(first, ParseFailedError)
    assert [len(page.items) for page in rest] == [2, 2, 2]


def workers(pool: ParserPool) -> list[int]:
    return [pid for one in pool._pools.values() for pid in one._pool_manager.worker_manager.workers]
