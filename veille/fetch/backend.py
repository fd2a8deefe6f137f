"""Connections that go only where they may and hold only so much: every address is checked where it is connected to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import httpcore

from veille.fetch.reach import check_public, host_and_port

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses of the public internet, and to the ``allowed`` exceptions (``host:port``)."""

    def __init__(self, allowed: frozenset[str], resolve: Resolve, max_bytes: int) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._max_bytes = max_bytes
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._addresses(host, port)
        if host_and_port(host, port) not in self._allowed:
            for address in addresses:
                check_public(address, host, port)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                stream = await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
                return BoundedStream(stream, self._max_bytes)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            return await self._resolve(host, port)
        except UnicodeError as error:  # a label too long for a host name
            raise httpcore.ConnectError(f"{host[:80]} is no host name") from error


class BoundedStream(httpcore.AsyncNetworkStream):
    """A connection on which no answer is longer than ``max_bytes`` as it comes.

    A body has a limit of its own; this one is for what is none: interim answers, and the frames of chunks.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream, max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._received = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        self._received += len(data)
        if self._received > self._max_bytes:
            raise httpcore.ReadError(f"it sends without end, over {self._max_bytes / 1048576:g} MiB")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._received = 0  # what is written is a new request
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return BoundedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._max_bytes)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def open_resolver(threads: ThreadPoolExecutor) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        # In threads of its own: asyncio's default pool has six on a small machine, and slow names would fill it.
        found = await asyncio.get_running_loop().run_in_executor(
            threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    return resolve
