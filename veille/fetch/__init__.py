"""The one module that speaks HTTP: a request in, a decoded answer out, whatever the other side does.

Every connection goes to an address that was resolved once and checked here, so that neither a redirect nor a name
that changes its address between two look-ups leads into the local network. Requests are handed to httpx's transport
and not to its client: there is no cookie jar, no netrc and no proxy from the environment to leak through.
What goes wrong is one of the errors of `veille.fetch.answers`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

# httpx is a command too, and would import click and rich for it at each start of ours; told that it has no such part,
# it does without.
cast("dict[str, Any]", sys.modules).setdefault("httpx._main", None)

import httpcore
import httpx

from veille import __version__
from veille.config import Network
from veille.fetch.answers import (
    AGAIN,
    BadStatusError,
    FetchError,
    RefusedError,
    UnreachableError,
    build_conditions,
    build_headers,
    check_status,
    show,
)
from veille.fetch.backend import CheckedBackend, Resolve, open_resolver
from veille.fetch.body import Body
from veille.fetch.reach import check_address, check_redirect, find_port, same_place
from veille.fetch.turns import AT_A_TIME, LARGE_AT_A_TIME, LARGE_BYTES, Room, Turns
from veille.values import Answer, Bookmark, Request

MAX_BYTES = 10 * 1024 * 1024  # of a decoded body
TOTAL_SECONDS = 60.0  # of a response with its redirects; waiting for one's turn is not counted
CONNECT_SECONDS = 10.0  # to one address
KEEP_ALIVE_SECONDS = 5.0
BUSY_SECONDS = 15 * 60.0  # that a host is left alone which has enough of us and does not say until when

PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What may follow a redirect to another host; any other header of a request may carry a key.
HARMLESS_HEADERS = frozenset({"accept", "accept-language"})

_Origin = tuple[str, bytes, int]  # scheme, host, port


@asynccontextmanager
async def open_client(
    network: Network,
    *,
    max_bytes: int = MAX_BYTES,
    total_seconds: float = TOTAL_SECONDS,
    resolve: Resolve | None = None,
) -> AsyncIterator[Client]:
    """The client of one run, its connections closed at the end.

    ``resolve`` gives the addresses of a host and port as strings (default: the system's resolver) and raises
    `OSError` when there are none.
    """
    allowed = frozenset(name.lower() for name in network.allow_private)
    threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolve")  # starts none until needed
    backend = CheckedBackend(allowed, resolve or open_resolver(threads), 3 * max_bytes)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies; its certificates are loaded when first needed
    client = Client(network, allowed, backend, tls, max_bytes=max_bytes, total_seconds=total_seconds)
    try:
        yield client
    finally:
        await client.close()
        threads.shutdown(wait=False, cancel_futures=True)  # a look-up cannot be stopped, but need not be awaited


class Client:
    """Made by `open_client`. May be used by any number of tasks at a time: it keeps them in order."""

    def __init__(
        self,
        network: Network,
        allowed: frozenset[str],
        backend: CheckedBackend,
        tls: ssl.SSLContext,
        *,
        max_bytes: int,
        total_seconds: float,
    ) -> None:
        self._turns = Turns(network.per_host, allowed)
        self._backend = backend
        self._tls = tls
        self._has_certificates = False
        self._max_bytes = max_bytes
        self._total_seconds = total_seconds
        contact = f" (+{network.contact})" if network.contact else ""
        self._user_agent = f"veille/{__version__}{contact}"
        self._large = asyncio.Semaphore(LARGE_AT_A_TIME)
        # Connections to be used again, the latest last. Each is a transport of its own: httpcore's pool spends time
        # in the square of its idle connections on every request (2.3 ms with 50).
        self._idle: list[tuple[_Origin, httpx.AsyncHTTPTransport]] = []

    @asynccontextmanager
    async def room(self) -> AsyncIterator[Room]:
        """For one answer at a time, until it was read: large ones wait here, so that few of them are in memory."""
        room = Room(self._large)
        try:
            yield room
        finally:
            room.leave()

    async def fetch(
        self,
        request: Request,
        bookmark: Bookmark = Bookmark(),  # noqa: B008 - frozen
        room: Room | None = None,
    ) -> Answer:
        """The answer to a GET, redirects followed, with status 2xx, or 304 to the bookmark's ETag or date.

        ``complete`` is False when the body was cut at a limit or broke off: then it holds what had come. Raises one
        of the errors of `veille.fetch.answers`.
        """
        url = first = parse_address(request.url).copy_merge_params(dict(request.secrets))
        seen = {str(url)}
        moved_to: str | None = None
        permanent = True  # all redirects so far
        seconds_left = self._total_seconds
        while True:
            conditions = build_conditions(bookmark) if request.conditional and permanent else {}
            headers = {**self._headers(request, same_place(first, url)), **conditions}
            turn = self._turns.take(url.raw_host.decode(), find_port(url), request.apart_seconds)
            async with turn, self._heeding(url), self._connection(url) as connection:
                loop = asyncio.get_running_loop()
                deadline = loop.time() + seconds_left
                response = await self._send(connection, url, headers, deadline)
                try:
                    if response.status_code not in REDIRECTS or "location" not in response.headers:
                        now = datetime.now(UTC)
                        check_status(url, response, conditional=bool(conditions), permanent=permanent, now=now)
                        answer = await self._read(url, response, deadline, moved_to, room)
                        return replace(answer, url=_without(url, request.secrets)) if request.secrets else answer
                finally:
                    await response.aclose()
                seconds_left = deadline - loop.time()
            permanent = permanent and response.status_code in PERMANENT
            url = find_next(url, response, seen)
            seen.add(str(url))
            moved_to = str(url) if permanent else moved_to

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host alone for so long, as it asked in an earlier run."""
        self._turns.hold(host, 443, seconds)

    @asynccontextmanager
    async def _heeding(self, url: httpx.URL) -> AsyncIterator[None]:
        try:
            yield
        except BadStatusError as error:
            if error.busy_host:
                seconds = error.retry_after_seconds or BUSY_SECONDS
                self._turns.hold(error.busy_host, find_port(url), seconds)
            raise

    def _headers(self, request: Request, same_place: bool) -> dict[str, str]:
        asked = {name.lower(): value for name, value in request.headers}
        kept = asked if same_place else {name: asked[name] for name in asked.keys() & HARMLESS_HEADERS}
        return {"accept": "*/*", "user-agent": self._user_agent, **kept, "accept-encoding": "gzip, deflate"}

    @asynccontextmanager
    async def _connection(self, url: httpx.URL) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        """A connection to the origin, or one that will be made; kept for the next request if all went well."""
        origin = (url.scheme, url.raw_host, find_port(url))
        if url.scheme == "https" and not self._has_certificates:
            _load_certificates(self._tls)
            self._has_certificates = True
        at = next((at for at in reversed(range(len(self._idle))) if self._idle[at][0] == origin), None)
        transport = open_transport(self._tls, self._backend) if at is None else self._idle.pop(at)[1]
        try:
            yield transport
        except BaseException:
            await transport.aclose()
            raise
        if _has_more(transport):
            await transport.aclose()
            return
        self._idle.append((origin, transport))
        if len(self._idle) > AT_A_TIME:
            await self._idle.pop(0)[1].aclose()

    async def close(self) -> None:
        """Closes the connections that are kept."""
        while self._idle:
            await self._idle.pop()[1].aclose()

    async def _send(
        self, connection: httpx.AsyncHTTPTransport, url: httpx.URL, headers: Mapping[str, str], deadline: float
    ) -> httpx.Response:
        """The response with its body unread. ``deadline`` is in the event loop's time."""
        request = httpx.Request(
            "GET",
            url,
            # Latin-1 there and back: an ETag returns as the bytes that it came as.
            headers=[(name.encode(), value.encode("latin-1", "ignore")) for name, value in headers.items()],
            extensions={"timeout": {"connect": CONNECT_SECONDS}},
        )
        try:
            async with asyncio.timeout_at(deadline):
                return await connection.handle_async_request(request)
        except TimeoutError:
            raise UnreachableError(f"No answer from {show(url)} within {self._total_seconds:g} s; {AGAIN}.") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise find_error(error, url) from error

    async def _read(
        self, url: httpx.URL, response: httpx.Response, deadline: float, moved_to: str | None, room: Room | None
    ) -> Answer:
        headers = build_headers(response.headers.raw)
        body = Body(headers.get("content-encoding", ""), self._max_bytes)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        try:
            async with asyncio.timeout_at(deadline) as limit:
                async for chunk in response.stream:
                    body.add(chunk)
                    if body.cut_because:
                        break
                    if room and len(body.data) > LARGE_BYTES:
                        await _enter(room, limit)
            cut_because = body.cut_because or body.find_missing_end()
        except TimeoutError:
            cut_because = f"cut after {self._total_seconds:g} s"
        except (httpx.HTTPError, OSError):
            cut_because = "the connection broke off"
        if cut_because and not body.data:
            message = f"{show(url)} sent headers but no readable body ({cut_because}); {AGAIN}."
            raise UnreachableError(message, http_status=response.status_code)
        return Answer(
            url=str(url),
            status=response.status_code,
            headers=headers,
            body=bytes(body.data),
            moved_to=moved_to,
            complete=cut_because is None,
            cut_because=cut_because,
        )


async def _enter(room: Room, limit: asyncio.Timeout) -> None:
    """Waits for room; that time is not counted."""
    loop = asyncio.get_running_loop()
    seconds_left = (limit.when() or loop.time()) - loop.time()
    limit.reschedule(None)
    await room.take()
    limit.reschedule(loop.time() + seconds_left)


def parse_address(url: str) -> httpx.URL:
    """An address that may be asked, without its fragment; raises `RefusedError` for any other."""
    try:
        parsed = httpx.URL(url).copy_with(fragment=None)
        find_port(parsed)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise RefusedError(f"{url[:200]!r} is not an address that can be asked ({error}); correct it.") from error
    check_address(parsed)
    return parsed


def _without(url: httpx.URL, secrets: Iterable[tuple[str, str]]) -> str:
    for name, _ in secrets:
        url = url.copy_remove_param(name)
    return str(url)


def find_next(url: httpx.URL, response: httpx.Response, seen: set[str]) -> httpx.URL:
    """Where a redirect leads; raises `RefusedError` where we do not follow."""
    location = _utf8(build_headers(response.headers.raw)["location"])
    try:
        joined = str(url.join(location))
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise RefusedError(f"{show(url)} redirects to {location[:200]!r}, which is no address.") from error
    target = parse_address(joined)
    check_redirect(url, target, seen)
    return target


def _utf8(latin1: str) -> str:
    """A header that servers write in UTF-8, against the standard."""
    try:
        return latin1.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return latin1


def find_error(error: Exception, url: httpx.URL) -> FetchError:
    """Ours for what httpx, the sockets or TLS raise before there is an answer."""
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return RefusedError(f"{show(url)} is not an address of the web; give one that starts with https://.")
    if tls := _find_tls_error(error):
        reason = (tls.reason or str(tls)).replace("_", " ").lower()
        said = tls.verify_message if isinstance(tls, ssl.SSLCertVerificationError) else reason
        return UnreachableError(f"{show(url)}: no secure connection ({said[:200]}); {AGAIN}.")
    what = next(words for kind, words in _FAILURES if isinstance(error, kind))
    detail = f" ({str(error)[:200]})" if str(error) else ""
    return UnreachableError(f"{show(url)}: {what}{detail}; {AGAIN}.")


def _find_tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """What TLS itself said, under what httpx and httpcore made of it."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.TimeoutException, "no answer in time"),
    (httpx.ConnectError, "no connection"),
    (socket.gaierror, "the name was not found"),
    (httpx.ProtocolError, "what answers does not speak HTTP"),
    (Exception, "the connection broke off"),
)


def open_transport(tls: ssl.SSLContext, backend: CheckedBackend) -> httpx.AsyncHTTPTransport:
    """A transport of one connection, which is made with the first request."""
    transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False)
    # httpx offers no way to give the backend; that it is in use is tested, by the addresses it refuses.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=tls, max_connections=1, keepalive_expiry=KEEP_ALIVE_SECONDS, network_backend=backend
    )
    return transport


def _has_more(transport: httpx.AsyncHTTPTransport) -> bool:
    """Whether more came than an answer announced: it would be taken for the next one."""
    connections = transport._pool.connections
    states = (getattr(getattr(one, "_connection", None), "_h11_state", None) for one in connections)
    return any(state is not None and state.trailing_data[0] for state in states)


def _load_certificates(tls: ssl.SSLContext) -> None:
    """The system's authorities, to which an organisation may have added its own, and Mozilla's.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` replace both.
    """
    tls.load_default_certs()
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        import certifi

        tls.load_verify_locations(certifi.where())
