"""The one module that speaks HTTP: a request in, a decoded answer out, whatever the other side does.

The errors are named by what the caller should do; anything else that leaves this module is a bug::

    FetchError
    ├── RefusedError      ours to refuse: private address, scheme, credentials, downgrade, too many redirects, a loop
    ├── UnreachableError  try again later: DNS, connection, TLS, protocol, no byte in time
    ├── BadStatusError    4xx, 5xx and what else is no answer; not before `retry_after_seconds`, where given
    └── GoneError         410: stop asking

Every connection goes to an address that was resolved once and checked here, so that neither a redirect nor a name
that changes its address between two look-ups leads into the local network. Requests are handed to httpx's transport
and not to its client: there is no cookie jar, no netrc and no proxy from the environment to leak through.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpcore
import httpx

from veille import __version__
from veille.config import Network
from veille.values import Answer, Bookmark, Request

MAX_BYTES = 10 * 1024 * 1024  # of a decoded body
TOTAL_SECONDS = 60.0  # of a response with its redirects; waiting for one's turn is not counted
CONNECT_SECONDS = 10.0  # to one address
HOST_DELAY_SECONDS = 0.2  # between the starts of two requests to one host
AT_A_TIME = 50  # requests in flight, over all hosts
KEEP_ALIVE_SECONDS = 5.0
MAX_REDIRECTS = 10
MAX_RETRY_AFTER_SECONDS = 7 * 86400.0

PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What may follow a redirect to another host; any other header of a request may carry a key.
HARMLESS_HEADERS = frozenset({"accept", "accept-language"})
# IPv6 ranges whose last 32 bits are an IPv4 address: NAT64 (RFC 6052, RFC 8215) and IPv4-compatible (RFC 4291).
IPV4_INSIDE = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96"))

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
_Origin = tuple[str, bytes, int]  # scheme, host, port


class FetchError(Exception):
    """A request that gave no answer. The message is one sentence for an operator; ``bytes`` is what had come."""

    def __init__(self, message: str, *, http_status: int | None = None, bytes: int = 0) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.bytes = bytes


class RefusedError(FetchError):
    """We do not go there."""


class UnreachableError(FetchError):
    """Nobody answered, or nothing that can be understood."""


class BadStatusError(FetchError):
    """The server answered, but not with the document."""

    retry_after_seconds: float | None = None


class GoneError(FetchError):
    """The server says that there is nothing here any more."""


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
    backend = CheckedBackend(allowed, resolve or _system_resolver(threads))
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
        self._per_host = network.per_host
        self._allowed = allowed
        self._backend = backend
        self._tls = tls
        self._has_certificates = False
        self._max_bytes = max_bytes
        self._total_seconds = total_seconds
        contact = f" (+{network.contact})" if network.contact else ""
        self._user_agent = f"veille/{__version__}{contact}"
        self._overall = asyncio.Semaphore(AT_A_TIME)
        self._hosts: dict[str, _Host] = {}
        # Connections to be used again, the latest last. Each is a transport of its own: httpcore's pool spends time
        # in the square of its idle connections on every request (2.3 ms with 50).
        self._idle: list[tuple[_Origin, httpx.AsyncHTTPTransport]] = []

    async def fetch(self, request: Request, bookmark: Bookmark = Bookmark()) -> Answer:  # noqa: B008 - frozen
        """The answer to a GET, redirects followed, with status 2xx, or 304 to the bookmark's ETag or date.

        ``complete`` is False when the body was cut at a limit or broke off: then it holds what had come. Raises one
        of the errors at the top of this module.
        """
        url = first = parse_address(request.url)
        seen = {str(url)}
        moved_to: str | None = None
        permanent = True  # all redirects so far
        seconds_left = self._total_seconds
        while True:
            conditions = build_conditions(bookmark) if request.conditional and permanent else {}
            headers = {**self._headers(request, same_place(first, url)), **conditions}
            async with self._turn(url), self._connection(url) as connection:
                loop = asyncio.get_running_loop()
                deadline = loop.time() + seconds_left
                response = await self._send(connection, url, headers, deadline)
                try:
                    if response.status_code not in REDIRECTS or "location" not in response.headers:
                        check_status(url, response, conditional=bool(conditions), permanent=permanent)
                        return await self._read(url, response, deadline, moved_to)
                finally:
                    await response.aclose()
                seconds_left = deadline - loop.time()
            permanent = permanent and response.status_code in PERMANENT
            url = find_next(url, response, seen)
            seen.add(str(url))
            moved_to = str(url) if permanent else moved_to

    def _headers(self, request: Request, same_place: bool) -> dict[str, str]:
        asked = {name.lower(): value for name, value in request.headers}
        kept = asked if same_place else {name: asked[name] for name in asked.keys() & HARMLESS_HEADERS}
        return {"accept": "*/*", "user-agent": self._user_agent, **kept, "accept-encoding": "gzip, deflate"}

    @asynccontextmanager
    async def _turn(self, url: httpx.URL) -> AsyncIterator[None]:
        """One of the places at the host and overall, a polite while after the request before."""
        host = self._host(url)
        loop = asyncio.get_running_loop()
        async with host.places:
            async with host.start:
                if (wait := host.next_start_at - loop.time()) > 0:
                    await asyncio.sleep(wait)
                await self._overall.acquire()
                host.next_start_at = loop.time() + host.delay_seconds
            try:
                yield
            finally:
                self._overall.release()

    def _host(self, url: httpx.URL) -> _Host:
        host = url.raw_host.decode()  # as it is looked up: ASCII
        name = host_and_port(host, find_port(url))
        local = name in self._allowed
        key = name if local else host
        if key not in self._hosts:
            self._hosts[key] = (
                _Host(asyncio.Semaphore(AT_A_TIME), asyncio.Lock(), 0.0)
                if local
                else _Host(asyncio.Semaphore(self._per_host), asyncio.Lock(), HOST_DELAY_SECONDS)
            )
        return self._hosts[key]

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
            raise UnreachableError(
                f"No answer from {show(url)} within {self._total_seconds:g} s; it will be tried again."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise find_error(error, url) from error

    async def _read(self, url: httpx.URL, response: httpx.Response, deadline: float, moved_to: str | None) -> Answer:
        headers = build_headers(response.headers.raw)
        body = Body(headers.get("content-encoding", ""), self._max_bytes)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        try:
            async with asyncio.timeout_at(deadline):
                async for chunk in response.stream:
                    body.add(chunk)
                    if body.cut_because:
                        break
            cut_because = body.cut_because or body.find_missing_end()
        except TimeoutError:
            cut_because = f"cut after {self._total_seconds:g} s"
        except (httpx.HTTPError, OSError):
            cut_because = "the connection broke off"
        if cut_because and not body.data:
            message = f"{show(url)} sent headers but no readable body ({cut_because}); it will be tried again."
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


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore
    start: asyncio.Lock  # held by the task that starts next
    delay_seconds: float
    next_start_at: float = 0.0  # in the event loop's time


class Body:
    """A body as it arrives, decoded piece by piece, never larger than ``max_bytes``, whatever it unpacks to."""

    def __init__(self, content_encoding: str, max_bytes: int) -> None:
        codings = (part.strip().removeprefix("x-") for part in content_encoding.lower().split(","))
        self._coding = ",".join(coding for coding in codings if coding not in ("", "identity"))
        self._decoder: zlib._Decompress | None = None
        self._max_bytes = max_bytes
        self._received = 0
        self._whole = not self._coding  # else: a packed stream has ended, and none has given anything since
        self.data = bytearray()
        self.cut_because: str | None = None  # set when nothing more is wanted
        if self._coding not in ("", "gzip", "deflate"):
            self.cut_because = f"encoded as {self._coding[:40]}, which was not asked for"

    def add(self, chunk: bytes) -> None:
        """Decodes what came."""
        self._received += len(chunk)
        while chunk and not self.cut_because:
            part, chunk = self._decode(chunk) if self._coding else (chunk, b"")
            self.data += part
            # What was received counts too: packed data may go on for ever without unpacking to anything.
            if len(self.data) > self._max_bytes or self._received > 2 * self._max_bytes:
                self.cut_because = f"cut at {self._max_bytes / 1048576:g} MiB"
                del self.data[self._max_bytes :]

    def _decode(self, chunk: bytes) -> tuple[bytes, bytes]:
        """What a piece unpacks to, and what follows the end of its stream: gzip streams may come one after another."""
        if self._decoder is None:
            self._decoder = _new_decoder(bare=self._coding == "deflate" and not _has_header(chunk[0]))
        elif self._decoder.eof:
            self._decoder = _new_decoder(bare=False)
        before, room = self._decoder.copy(), self._max_bytes - len(self.data) + 1
        try:
            part = self._decoder.decompress(chunk, room)
        except zlib.error:
            return self._rescue(before, chunk, room), b""
        if part or self._decoder.eof:
            self._whole = self._decoder.eof
        return part, self._decoder.unused_data

    def _rescue(self, decoder: zlib._Decompress, chunk: bytes, room: int) -> bytes:
        """What can be read of a damaged piece: a failing call of zlib's gives nothing, so byte by byte."""
        part = bytearray()
        try:
            for position in range(len(chunk)):
                if len(part) >= room:
                    break
                part += decoder.decompress(chunk[position : position + 1], room - len(part))
        except zlib.error:
            pass
        # Some servers pad a finished stream with zeros: no harm is done.
        if part or not self._whole:
            self.cut_because = f"the {self._coding} data is damaged"
        return bytes(part)

    def find_missing_end(self) -> str | None:
        """Why a body that ended is not whole, if it is not."""
        return None if self._whole or not self._received else f"the {self._coding} data ends too early"


def _new_decoder(*, bare: bool) -> zlib._Decompress:
    """For gzip and zlib's format, which is what `deflate` means (RFC 9110), or for what some servers send as that."""
    return zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS + 32)


def _has_header(first_byte: int) -> bool:
    return first_byte == 0x1F or first_byte & 0x0F == 8  # gzip's (RFC 1952), zlib's (RFC 1950)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses of the public internet, and to the ``allowed`` exceptions (``host:port``)."""

    def __init__(self, allowed: frozenset[str], resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve
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
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
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


def _system_resolver(threads: ThreadPoolExecutor) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        # In threads of its own: asyncio's default pool has six on a small machine, and slow names would fill it.
        found = await asyncio.get_running_loop().run_in_executor(
            threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    return resolve


def open_transport(tls: ssl.SSLContext, backend: CheckedBackend) -> httpx.AsyncHTTPTransport:
    """A transport of one connection, which is made with the first request."""
    transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False)
    # httpx offers no way to give the backend; that it is in use is tested, by the addresses it refuses.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=tls, max_connections=1, keepalive_expiry=KEEP_ALIVE_SECONDS, network_backend=backend
    )
    return transport


def _load_certificates(tls: ssl.SSLContext) -> None:
    """The system's authorities, to which an organisation may have added its own, and Mozilla's.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` replace both.
    """
    tls.load_default_certs()
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        import certifi

        tls.load_verify_locations(certifi.where())


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also by the IPv4 address that it may wrap."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and (inner := _ipv4_inside(ip)) is not None:
        return is_public(str(inner))
    site_local = isinstance(ip, IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or site_local)


def _ipv4_inside(ip: IPv6Address) -> IPv4Address | None:
    if ip.ipv4_mapped or ip.sixtofour:
        return ip.ipv4_mapped or ip.sixtofour
    if any(ip in network for network in IPV4_INSIDE):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def check_public(address: str, host: str, port: int) -> None:
    """Raises `RefusedError` for an address that is not public."""
    if not is_public(address):
        name = host_and_port(host, port)
        raise RefusedError(
            f'{name} is at the private address {address}; add "{name}" to network.allow_private if it is meant.'
        )


def parse_address(url: str) -> httpx.URL:
    """An address that may be asked, without its fragment; raises `RefusedError` for any other."""
    try:
        parsed = httpx.URL(url).copy_with(fragment=None)
        port = find_port(parsed)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise RefusedError(f"{url[:200]!r} is not an address that can be asked ({error}); correct it.") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or "%" in parsed.host or not 0 < port < 65536:
        raise RefusedError(f"{show(parsed)} is not an address of the web; give one that starts with https://.")
    if parsed.userinfo:
        raise RefusedError(f"{show(parsed)} comes with a name or a password, which are not sent; leave them out.")
    return parsed


def find_next(url: httpx.URL, response: httpx.Response, seen: set[str]) -> httpx.URL:
    """Where a redirect leads; raises `RefusedError` where we do not follow."""
    location = _utf8(build_headers(response.headers.raw)["location"])
    try:
        joined = str(url.join(location))
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise RefusedError(f"{show(url)} redirects to {location[:200]!r}, which is no address.") from error
    target = parse_address(joined)
    if url.scheme == "https" and target.scheme == "http":
        raise RefusedError(f"{show(url)} redirects from https to {show(target)}; that is not followed.")
    if str(target) in seen:
        raise RefusedError(f"{show(url)} redirects in a loop; look at it in a browser and correct the address.")
    if len(seen) > MAX_REDIRECTS:
        raise RefusedError(f"More than {MAX_REDIRECTS} redirects led to {show(target)}; give the final address.")
    return target


def check_status(url: httpx.URL, response: httpx.Response, *, conditional: bool, permanent: bool) -> None:
    """Raises `BadStatusError` or `GoneError` unless there is an answer to read."""
    status = response.status_code
    if 200 <= status < 300 or (status == 304 and conditional):
        return
    # Behind a temporary redirect it is not the source itself that has gone.
    if status == 410 and permanent:
        raise GoneError(f"{show(url)} is gone for good (410); find its new address or remove it.", http_status=410)
    headers = build_headers(response.headers.raw)
    advice = "check its address" if status in (404, 410) else "it will be tried again"
    error = BadStatusError(f"{show(url)} answered {status}; {advice}.", http_status=status)
    now = _parse_http_date(headers.get("date", "")) or datetime.now(UTC)
    error.retry_after_seconds = parse_retry_after(headers.get("retry-after"), now)
    raise error


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, at most seven days, of a Retry-After header (RFC 9110): a number or an HTTP date."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
    elif (at := _parse_http_date(text)) is not None:
        seconds = (at - now).total_seconds()
    else:
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _parse_http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def find_error(error: Exception, url: httpx.URL) -> FetchError:
    """Ours for what httpx, the sockets or TLS raise before there is an answer."""
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return RefusedError(f"{show(url)} is not an address of the web; give one that starts with https://.")
    what = next(words for kind, words in _FAILURES if isinstance(error, kind))
    detail = f" ({error})" if str(error) else ""
    return UnreachableError(f"{show(url)}: {what}{detail}; it will be tried again.")


_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.TimeoutException, "no answer in time"),
    (httpx.ConnectError, "no connection"),
    (socket.gaierror, "the name was not found"),
    (httpx.ProtocolError, "what answers does not speak HTTP"),
    (ssl.SSLError, "the TLS connection failed"),
    (Exception, "the connection broke off"),
)


def build_conditions(bookmark: Bookmark) -> dict[str, str]:
    """The headers that ask for a 304 when nothing has changed."""
    pairs = (("if-none-match", bookmark.etag), ("if-modified-since", bookmark.last_modified))
    return {name: value for name, value in pairs if value}


def build_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields by lower-case name, in Latin-1; a repeated one is joined by commas (RFC 9110)."""
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1").lower(), value_bytes.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _utf8(latin1: str) -> str:
    """A header that servers write in UTF-8, against the standard."""
    try:
        return latin1.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return latin1


def same_place(first: httpx.URL, url: httpx.URL) -> bool:
    """Whether a request's own headers may go there: the same origin, or its move from http to https."""
    ports = (find_port(first), find_port(url))
    return first.host == url.host and (
        (ports[0] == ports[1] and first.scheme == url.scheme)
        or (ports == (80, 443) and (first.scheme, url.scheme) == ("http", "https"))
    )


def find_port(url: httpx.URL) -> int:
    return url.port if url.port is not None else 443 if url.scheme == "https" else 80


def host_and_port(host: str, port: int) -> str:
    """The form of ``network.allow_private``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}".lower()


def show(url: httpx.URL) -> str:
    """An address for a message: without credentials and query, where keys are."""
    port = f":{url.port}" if url.port is not None else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}{url.path}"[:200]
