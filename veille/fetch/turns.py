"""Who may ask next: a few requests at a time to one host, a polite while apart, and so many over all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from veille.fetch.answers import HeldError
from veille.fetch.reach import host_and_port

HOST_DELAY_SECONDS = 0.2  # between the starts of two requests to one host
AT_A_TIME = 50  # requests in flight, over all hosts
LARGE_BYTES = 1024 * 1024  # of a body
LARGE_AT_A_TIME = 3  # such bodies in memory; they are read one after another
SHORT_WAIT_SECONDS = 5.0  # that a host may ask for and be waited for: what is longer is for a later run


class Turns:
    """The places of one run, ``per_host`` at each host. The ``local`` ones (``host:port``) need no politeness."""

    def __init__(self, per_host: int, local: frozenset[str]) -> None:
        self._per_host = per_host
        self._local = local
        self._overall = asyncio.Semaphore(AT_A_TIME)
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def take(self, host: str, port: int, apart_seconds: float = 0.0) -> AsyncIterator[None]:
        """One of the places at the host and overall, a polite while after the request before.

        ``host`` is given as it is looked up: ASCII. ``apart_seconds`` is what the host's own rules ask for.
        Raises `HeldError` at a host that asked to be left alone.
        """
        place = self._host(host, port)
        loop = asyncio.get_running_loop()
        async with place.places:
            async with place.start:
                if (held := place.held_until - loop.time()) > SHORT_WAIT_SECONDS:
                    raise HeldError(host, held)
                if (wait := max(place.next_start_at - loop.time(), held)) > 0:
                    await asyncio.sleep(wait)
                await self._overall.acquire()
                apart = max(place.delay_seconds, apart_seconds) if place.delay_seconds else 0.0
                place.next_start_at = loop.time() + apart
            try:
                yield
            finally:
                self._overall.release()

    def hold(self, host: str, port: int, seconds: float) -> None:
        """Nothing more is asked at this host for so long: it said so. A local one's addresses are not held together."""
        place = self._host(host, port)
        if place.delay_seconds:
            place.held_until = max(place.held_until, asyncio.get_running_loop().time() + seconds)

    def _host(self, host: str, port: int) -> _Host:
        name = host_and_port(host, port)
        local = name in self._local
        key = name if local else host
        if key not in self._hosts:
            self._hosts[key] = (
                _Host(asyncio.Semaphore(AT_A_TIME), asyncio.Lock(), 0.0)
                if local
                else _Host(asyncio.Semaphore(self._per_host), asyncio.Lock(), HOST_DELAY_SECONDS)
            )
        return self._hosts[key]


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore
    start: asyncio.Lock  # held by the task that starts next
    delay_seconds: float
    next_start_at: float = 0.0  # in the event loop's time
    held_until: float = 0.0


class Room:
    """A place among the large bodies, taken by the first body that needs one and held until it was read."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._taken = False

    async def take(self) -> None:
        if not self._taken:
            await self._places.acquire()
            self._taken = True

    def leave(self) -> None:
        if self._taken:
            self._places.release()
            self._taken = False
