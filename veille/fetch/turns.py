"""Who may ask next: a few requests at a time to one host, a polite while apart, and so many over all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from veille.fetch.reach import host_and_port

HOST_DELAY_SECONDS = 0.2  # between the starts of two requests to one host
AT_A_TIME = 50  # requests in flight, over all hosts


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
        """
        place = self._host(host, port)
        loop = asyncio.get_running_loop()
        async with place.places:
            async with place.start:
                if (wait := place.next_start_at - loop.time()) > 0:
                    await asyncio.sleep(wait)
                await self._overall.acquire()
                apart = max(place.delay_seconds, apart_seconds) if place.delay_seconds else 0.0
                place.next_start_at = loop.time() + apart
            try:
                yield
            finally:
                self._overall.release()

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
