from __future__ import annotations

import asyncio
import gzip
import inspect
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar

import httpx
import pytest

from veille.config import Network
from veille.fetch import Client, find_error, find_next, open_client
from veille.fetch.answers import (
    BadStatusError,
    FetchError,
    GoneError,
    RefusedError,
    UnreachableError,
    parse_retry_after,
)
from veille.fetch.body import Body
from veille.fetch.reach import is_public
from veille.fetch.turns import AT_A_TIME, HOST_DELAY_SECONDS
from veille.values import Answer, Bookmark, Request

Route = Callable[[asyncio.StreamWriter], Awaitable[None]]
MIB = 1024 * 1024
T = TypeVar("T")


def reply(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in lines):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Web:
    """A web server on loopback that answers a path with prepared bytes, or with what a function writes."""

    def __init__(self) -> None:
        self.routes: dict[str, bytes | Route] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.connections = 0
        self.port = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def headers(self, path: str) -> dict[str, str]:
        return next(headers for asked, headers in reversed(self.asked) if asked == path)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").strip().split("\r\n")
                path = first.split(" ")[1]
                self.asked.append((path, {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}))
                route = self.routes.get(path, reply("404 Not Found"))
                if isinstance(route, bytes):
                    writer.write(route)
                else:
                    await route(writer)
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def open_web(**options: Any) -> AsyncIterator[tuple[Web, Client]]:
    """A server, and a client that may ask it."""
    web = Web()
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, backlog=200)
    web.port = server.sockets[0].getsockname()[1]
    network = Network(contact="veille@example.org", allow_private=(web.host, f"feeds.example:{web.port}"))
    try:
        async with open_client(network, **options) as client:
            yield web, client
    finally:
        server.close()


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


def fetch(
    routes: dict[str, bytes | Route], path: str = "/feed", bookmark: Bookmark | None = None, **options: Any
) -> Answer:
    """The answer of a server with these routes; `{web}` in them stands for its address."""

    async def main() -> Answer:
        async with open_web(**options) as (web, client):
            web.routes = {
                key: route.replace(b"{web}", web.host.encode()) if isinstance(route, bytes) else route
                for key, route in routes.items()
            }
            return await client.fetch(Request(web.url(path)), bookmark or Bookmark())

    return run(main())


def redirect(where: str, status: int = 302) -> bytes:
    return reply(f"{status} Moved", Location=where)


# What is sent


def test_says_who_asks_and_what_it_can_read() -> None:
    """The request names veille and its contact, and asks only for encodings that are decoded here."""

    async def main() -> dict[str, str]:
        async with open_web() as (web, client):
            web.routes["/feed"] = reply(body=b"<rss/>")
            headers = (("Accept-Language", "fr"), ("Accept-Encoding", "br"))
            await client.fetch(Request(web.url("/feed"), headers=headers))
            return web.headers("/feed")

    headers = run(main())
    assert headers["user-agent"].startswith("veille/")
    assert headers["user-agent"].endswith(" (+veille@example.org)")
    assert headers["accept-encoding"] == "gzip, deflate"
    assert headers["accept-language"] == "fr"
    assert not headers.keys() & {"if-none-match", "if-modified-since", "cookie"}


def test_asks_for_news_only() -> None:
    """The bookmark's ETag returns byte for byte and 304 is an answer without a body."""
    etag = '"caf\u00e9"'

    async def main() -> tuple[Answer, Answer, dict[str, str], dict[str, str]]:
        async with open_web() as (web, client):
            web.routes["/feed"] = reply("304 Not Modified", ETag=etag)
            web.routes["/all"] = reply(body=b"x")
            bookmark = Bookmark(etag=etag, last_modified="Mon, 02 Mar 2026 08:00:00 GMT")
            answer = await client.fetch(Request(web.url("/feed")), bookmark)
            whole = await client.fetch(Request(web.url("/all"), conditional=False), bookmark)
            return answer, whole, web.headers("/feed"), web.headers("/all")

    answer, whole, sent, sent_to_all = run(main())
    assert (answer.status, answer.body, answer.complete, answer.headers["etag"]) == (304, b"", True, etag)
    assert sent["if-none-match"] == etag
    assert sent["if-modified-since"] == "Mon, 02 Mar 2026 08:00:00 GMT"
    assert whole.body == b"x"
    assert "if-none-match" not in sent_to_all


def test_unasked_304_is_no_answer() -> None:
    """Who asked without conditions has nothing that could be unchanged."""
    with pytest.raises(BadStatusError):
        fetch({"/feed": reply("304 Not Modified")})


def test_keeps_no_cookies() -> None:
    """A cookie set by one answer is not sent with the next request."""

    async def main() -> dict[str, str]:
        async with open_web() as (web, client):
            web.routes["/feed"] = reply(Set_Cookie="id=1; Path=/")
            await client.fetch(Request(web.url("/feed")))
            await client.fetch(Request(web.url("/feed")))
            return web.headers("/feed")

    assert "cookie" not in run(main())


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_follows_redirects(status: int) -> None:
    """All five kinds of redirect are followed, and only the permanent ones are to be remembered."""
    answer = fetch({"/feed": redirect("/new?a=1#top", status), "/new?a=1": reply(body=b"<rss/>")})
    assert answer.body == b"<rss/>"
    assert answer.url.endswith("/new?a=1")
    assert answer.moved_to == (answer.url if status in (301, 308) else None)


def test_remembers_the_permanent_part_of_a_chain() -> None:
    """What comes after a temporary redirect is not remembered, even if it is permanent."""
    routes: dict[str, bytes | Route] = {
        "/feed": redirect("/b", 301),
        "/b": redirect("/c", 308),
        "/c": redirect("/d", 302),
        "/d": redirect("/e", 301),
        "/e": reply(body=b"ok"),
    }
    answer = fetch(routes)
    assert answer.moved_to is not None
    assert answer.moved_to.endswith("/c")
    assert answer.url.endswith("/e")


def test_conditions_stay_with_their_address() -> None:
    """Conditional headers follow a permanent redirect, but not a temporary one."""

    async def main() -> Web:
        async with open_web() as (web, client):
            web.routes |= {"/a": redirect("/b", 301), "/b": redirect("/c", 302), "/c": reply(body=b"ok")}
            await client.fetch(Request(web.url("/a")), Bookmark(etag='"1"'))
            return web

    web = run(main())
    assert ["if-none-match" in web.headers(path) for path in ("/a", "/b", "/c")] == [True, True, False]


def test_keys_stay_with_their_host() -> None:
    """A request's own headers, which may hold a key, are not sent to another host."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def main() -> Web:
        async with open_web(resolve=resolve) as (web, client):
            web.routes |= {
                "/a": redirect("/b"),
                "/b": redirect(f"http://feeds.example:{web.port}/c"),
                "/c": reply(body=b"ok"),
            }
            headers = (("X-Api-Key", "secret"), ("Authorization", "secret"), ("Accept", "text/xml"))
            await client.fetch(Request(web.url("/a"), headers=headers))
            return web

    web = run(main())
    assert web.headers("/b")["x-api-key"] == "secret"
    assert "secret" not in web.headers("/c").values()
    assert web.headers("/c")["accept"] == "text/xml"
    assert web.headers("/c")["host"] == f"feeds.example:{web.port}"


def test_redirect_bodies_are_not_read() -> None:
    """A redirect with an endless body is left at once."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(reply("302 Found", Location="/new", Content_Length="99999999"))
        await asyncio.sleep(30)

    assert fetch({"/feed": endless, "/new": reply(body=b"ok")}, total_seconds=5).body == b"ok"


REFUSED_REDIRECTS = {
    "a loop": "/feed",
    "a loop by a fragment": "/feed#again",
    "another scheme": "file:///etc/passwd",
    "a script": "javascript:alert(1)",
    "credentials": "http://user:secret@{web}/new",
    "a private address": "http://10.0.0.1/",
    "another port of this machine": "http://127.0.0.1:1/",
    "a mapped address": "http://[::ffff:127.0.0.1]:1/",
    "a number as address": "http://2130706433:1/",
    "no host": "http:///feed",
    "no address": "http://[::1",
}


@pytest.mark.parametrize("where", REFUSED_REDIRECTS.values(), ids=REFUSED_REDIRECTS.keys())
def test_refuses_where_not_to_go(where: str) -> None:
    """Loops, other schemes, credentials and private addresses are refused at every hop, without a second request."""
    with pytest.raises(RefusedError) as caught:
        fetch({"/feed": redirect(where), "/new": reply(body=b"ok")})
    assert "secret" not in str(caught.value)


def test_follows_ten_redirects_and_no_more() -> None:
    """Ten hops are followed; the eleventh is refused."""
    routes: dict[str, bytes | Route] = {f"/{i}": redirect(f"/{i + 1}") for i in range(11)}
    routes["/11"] = reply(body=b"ok")
    assert fetch(routes, "/1").body == b"ok"
    with pytest.raises(RefusedError, match="More than 10"):
        fetch(routes, "/0")


def test_does_not_leave_https_for_http() -> None:
    """A redirect from https to http is refused."""
    response = httpx.Response(301, headers={"location": "http://example.org/feed"})
    with pytest.raises(RefusedError, match="from https"):
        find_next(httpx.URL("https://example.org/feed"), response, set())


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
        "::1", "::", "fe80::1", "fe80::1%1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1",
        "::7f00:1",
    ],
)  # fmt: skip
def test_knows_private_addresses(address: str) -> None:
    """Private, loopback, link-local, shared, reserved and multicast addresses are known in all their IPv6 clothes."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "193.51.24.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_knows_public_addresses(address: str) -> None:
    """Addresses of the public internet may be asked."""
    assert is_public(address)


def test_one_private_address_is_enough_to_refuse() -> None:
    """A name with a public and a private address is refused, before any connection."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["1.1.1.1", "192.168.0.1"]

    async def main() -> None:
        async with open_client(Network(), resolve=resolve) as client:
            await client.fetch(Request("https://rebound.example/"))

    with pytest.raises(RefusedError, match=r"allow_private"):
        run(main())


def test_connects_to_the_address_that_was_checked() -> None:
    """A name is looked up once for a connection: a second answer of its server cannot lead elsewhere."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return answers.pop(0)

    async def main() -> Answer:
        async with open_web(resolve=resolve) as (web, client):
            web.routes["/feed"] = reply(body=b"ok")
            return await client.fetch(Request(f"http://feeds.example:{web.port}/feed"))

    assert run(main()).body == b"ok"
    assert len(answers) == 1


def test_rebinding_between_connections_is_refused() -> None:
    """A name that was public at the first look-up and is private at the next is refused then."""
    answers = [OSError("no such name"), ["127.0.0.1"]]

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer  # type: ignore[return-value]

    async def main() -> list[type[Exception]]:
        kinds: list[type[Exception]] = []
        async with open_client(Network(), resolve=resolve) as client:
            for _ in range(2):
                try:
                    await client.fetch(Request("http://rebound.example/"))
                except FetchError as error:
                    kinds.append(type(error))
        return kinds

    assert run(main()) == [UnreachableError, RefusedError]


def test_tries_the_next_address() -> None:
    """When nobody listens at the first address of a name, the next is tried."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async def main() -> Answer:
        async with open_web(resolve=resolve) as (web, client):
            web.routes["/feed"] = reply(body=b"ok")
            return await client.fetch(Request(f"http://feeds.example:{web.port}/feed"))

    assert run(main()).body == b"ok"


def test_tls_is_asked_for_by_name() -> None:
    """TLS names the host, not the address connected to; a failing handshake is `UnreachableError`."""
    names: list[str | None] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # has no certificate: the handshake must fail
    tls.sni_callback = lambda _socket, name, _context: names.append(name)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def main() -> None:
        server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        async with open_client(Network(allow_private=(f"feeds.example:{port}",)), resolve=resolve) as client:
            await client.fetch(Request(f"https://feeds.example:{port}/"))

    with pytest.raises(UnreachableError):
        run(main())
    assert names == ["feeds.example"]


@pytest.mark.parametrize(
    "url",
    ["", "feed.xml", "ftp://example.org/", "http://", "http://a:b@example.org/", "http://example.org:99999/", "http://[x/",
     "http://a b/", "https://127.0.0.1/", "http://example.org\n/"],
)  # fmt: skip
def test_bad_addresses_are_refused(url: str) -> None:
    """What is no public address of the web is refused, whatever it is."""

    async def main() -> None:
        async with open_client(Network()) as client:
            await client.fetch(Request(url))

    with pytest.raises(RefusedError):
        run(main())


@pytest.mark.parametrize("host", ["x" * 70 + ".example", "nobody.invalid"])
def test_unknown_names_are_unreachable(host: str) -> None:
    """A name that cannot be looked up is `UnreachableError`."""

    async def main() -> None:
        async with open_client(Network()) as client:
            await client.fetch(Request(f"http://{host}/"))

    with pytest.raises((UnreachableError, RefusedError)):
        run(main())


# Bodies

TEXT = b"<item>" * 5000
BARE = zlib.compressobj(wbits=-15)
BARE_BYTES = BARE.compress(TEXT) + BARE.flush()

ENCODED = {
    "plain": ("", TEXT),
    "identity": ("identity", TEXT),
    "gzip": ("gzip", gzip.compress(TEXT)),
    "x-gzip": ("X-Gzip", gzip.compress(TEXT)),
    "two gzip members": ("gzip", gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:])),
    "gzip with padding": ("gzip", gzip.compress(TEXT) + b"\0" * 50),
    "gzip with bare data behind": ("gzip", gzip.compress(TEXT) + BARE_BYTES),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "bare deflate": ("deflate", BARE_BYTES),
}


@pytest.mark.parametrize(("coding", "sent"), ENCODED.values(), ids=ENCODED.keys())
def test_decodes(coding: str, sent: bytes) -> None:
    """What the usual servers send arrives decoded and complete, in whatever pieces it comes."""
    answer = fetch({"/feed": reply(body=sent, Content_Encoding=coding)})
    assert (answer.body, answer.complete, answer.cut_because) == (TEXT, True, None)
    pieces = Body(coding, MIB)
    for position in range(0, len(sent), 7):
        pieces.add(sent[position : position + 7])
    assert (bytes(pieces.data), pieces.cut_because, pieces.find_missing_end()) == (TEXT, None, None)


PACKED = gzip.compress(TEXT[:3000] + bytes(range(256)) * 20)
DAMAGED = {
    "bad checksum": PACKED[:-8] + b"\0" * 8,
    "truncated": PACKED[:-30],
    "overwritten": PACKED[:-40] + b"\xff" * 40,
    "second member damaged": gzip.compress(TEXT[:3000]) + PACKED[:60] + b"\xff" * 90,
}


@pytest.mark.parametrize("sent", DAMAGED.values(), ids=DAMAGED.keys())
def test_keeps_what_could_be_decoded(sent: bytes) -> None:
    """Damaged gzip gives what came before the damage, marked as incomplete."""
    answer = fetch({"/feed": reply(body=sent, Content_Encoding="gzip")})
    assert answer.body.startswith(TEXT[:3000])
    assert not answer.complete
    assert answer.cut_because


@pytest.mark.parametrize(
    ("coding", "sent"), [("gzip", b"<rss/>"), ("gzip", PACKED[:10]), ("br", b"xyz"), ("gzip, gzip", PACKED)]
)
def test_unreadable_encodings_are_unreachable(coding: str, sent: bytes) -> None:
    """A body of which nothing can be decoded is `UnreachableError`."""
    with pytest.raises(UnreachableError) as caught:
        fetch({"/feed": reply(body=sent, Content_Encoding=coding)})
    assert caught.value.http_status == 200


def test_empty_gzip_body_is_complete() -> None:
    """An empty body is empty, whatever its encoding says."""
    answer = fetch({"/feed": reply(Content_Encoding="gzip")})
    assert (answer.body, answer.complete) == (b"", True)


def test_size_limit() -> None:
    """A body of exactly the limit is complete; one byte more and it is cut there."""
    answers = [fetch({"/feed": reply(body=b"x" * size)}, max_bytes=100_000) for size in (100_000, 100_001)]
    assert [(len(answer.body), answer.complete) for answer in answers] == [(100_000, True), (100_000, False)]
    assert answers[1].cut_because == "cut at 0.0953674 MiB"


def test_bomb_is_cut_at_the_limit() -> None:
    """A gzip bomb expands to the limit and no further, in memory too."""
    import tracemalloc

    bomb = zlib.compressobj(9, wbits=31)
    packed = b"".join([*(bomb.compress(b"\0" * MIB) for _ in range(200)), bomb.flush()])
    tracemalloc.start()
    try:
        answer = fetch({"/feed": reply(body=packed, Content_Encoding="gzip")}, max_bytes=MIB)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (len(answer.body), answer.complete) == (MIB, False)
    assert peak < 12 * MIB


def test_packed_nothing_is_cut_too() -> None:
    """A stream that never unpacks to anything counts by what was received."""
    body = Body("gzip", 10_000)
    for _ in range(2000):
        body.add(gzip.compress(b""))
    assert body.cut_because
    assert body.data == b""


def test_slow_drip_is_cut_by_the_total_time() -> None:
    """A server that sends a byte now and then is left after the total time, with what it sent."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(reply(Content_Length="1000000"))
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    answer = fetch({"/feed": drip}, total_seconds=0.3)
    assert set(answer.body) == {ord("x")}
    assert (answer.complete, answer.cut_because) == (False, "cut after 0.3 s")


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", reply(Content_Length="10")])
def test_silence_is_unreachable(sent: bytes) -> None:
    """A server that takes the connection and sends no byte of a body in time is `UnreachableError`."""

    async def silent(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await asyncio.sleep(2)

    with pytest.raises(UnreachableError, match="tried again"):
        fetch({"/feed": silent}, total_seconds=0.2)


BROKEN = {
    "shorter than announced": reply(body=b"<rss>", Content_Length="100"),
    "chunks that end early": reply(body=b"5\r\n<rss>\r\n", Transfer_Encoding="chunked"),
    "chunks that are none": reply(body=b"5\r\n<rss>\r\nxyz\r\n", Transfer_Encoding="chunked"),
}


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN.keys())
def test_broken_off_bodies_are_kept(sent: bytes, reset: bool) -> None:
    """A body that breaks off, politely or not, gives what had come, marked as incomplete."""

    async def broken(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        await asyncio.sleep(0.05)
        if reset:
            writer.transport.abort()

    answer = fetch({"/feed": broken})
    assert (answer.body, answer.complete, answer.cut_because) == (b"<rss>", False, "the connection broke off")


@pytest.mark.parametrize(
    "sent",
    [b"", b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000],
    ids=["nothing", "not HTTP", "bad status line", "endless headers"],
)
def test_what_is_not_http_is_unreachable(sent: bytes) -> None:
    """A server that closes without an answer, or speaks something else, is `UnreachableError`."""

    async def odd(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)

    with pytest.raises(UnreachableError):
        fetch({"/feed": odd})


def test_nobody_listens() -> None:
    """A refused connection is `UnreachableError`."""

    async def main() -> None:
        async with open_client(Network(allow_private=("127.0.0.1:1",))) as client:
            await client.fetch(Request("http://127.0.0.1:1/"))

    with pytest.raises(UnreachableError):
        run(main())


# Statuses and errors


@pytest.mark.parametrize("status", [300, 400, 401, 403, 404, 429, 500, 503, 302])
def test_bad_statuses(status: int) -> None:
    """A status that brings no document is `BadStatusError`, also a redirect that leads nowhere."""
    with pytest.raises(BadStatusError) as caught:
        fetch({"/feed?key=secret": reply(f"{status} Odd", Retry_After="120")}, "/feed?key=secret")
    assert (caught.value.http_status, caught.value.retry_after_seconds) == (status, 120.0)
    assert "secret" not in str(caught.value)


def test_gone() -> None:
    """410 is `GoneError`, but not behind a temporary redirect: the source itself may come back."""
    gone = {"/gone": reply("410 Gone")}
    with pytest.raises(GoneError):
        fetch({"/feed": redirect("/gone", 301), **gone})
    with pytest.raises(BadStatusError):
        fetch({"/feed": redirect("/gone", 302), **gone})


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), (" 0 ", 0.0), ("9" * 400, 604800.0), ("Mon, 02 Mar 2026 08:10:00 GMT", 600.0),
        ("Mon, 02 Mar 2020 08:00:00 GMT", 0.0), ("Mon, 02 Mar 2099 08:00:00 GMT", 604800.0),
        (None, None), ("", None), ("-5", None), ("1.5", None), ("soon", None), ("²", None), ("nan", None),
        ("Mon, 99 Mar 2026 08:00:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after(value: str | None, seconds: float | None) -> None:
    """Retry-After is a number of seconds or a date; what is neither says nothing, and a week is the most."""
    assert parse_retry_after(value, datetime(2026, 3, 2, 8, tzinfo=UTC)) == seconds


def test_retry_after_is_counted_from_the_servers_date() -> None:
    """The server's own clock says how far away its date is."""
    with pytest.raises(BadStatusError) as caught:
        fetch({"/feed": reply("503 Busy", Date="Mon, 02 Mar 2026 08:00:00 GMT",
                              Retry_After="Mon, 02 Mar 2026 08:01:00 GMT")})  # fmt: skip
    assert caught.value.retry_after_seconds == 60.0


HTTPX_ERRORS = [
    kind for name in httpx.__all__ if inspect.isclass(kind := getattr(httpx, name)) and issubclass(kind, Exception)
]
OURS_TO_FIX = (httpx.StreamError, httpx.CookieConflict)


@pytest.mark.parametrize("kind", [kind for kind in HTTPX_ERRORS if not issubclass(kind, OURS_TO_FIX)])
def test_every_error_of_httpx_is_one_of_ours(kind: type[Exception]) -> None:
    """Each exception of httpx is caught and becomes one of our errors, but those that say our code is wrong."""
    assert issubclass(kind, (httpx.HTTPError, httpx.InvalidURL))
    error = kind("odd", request=None, response=None) if kind is httpx.HTTPStatusError else kind("odd")
    expected = RefusedError if kind in (httpx.InvalidURL, httpx.UnsupportedProtocol) else UnreachableError
    found = find_error(error, httpx.URL("https://user:secret@example.org/feed?key=secret"))
    assert type(found) is expected
    assert "https://example.org/feed" in str(found)
    assert "secret" not in str(found)


def test_errors_beyond_ours_propagate() -> None:
    """What is not a failure of the network is a bug, and is not swallowed."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise ZeroDivisionError

    async def main() -> None:
        async with open_client(Network(), resolve=resolve) as client:
            await client.fetch(Request("http://example.org/"))

    with pytest.raises(ZeroDivisionError):
        run(main())


# Politeness


def test_one_host_is_asked_politely() -> None:
    """No more than `per_host` requests to a host at a time, and a while between their starts; others do not wait."""
    starts: dict[str, list[float]] = {}
    at_once = most = 0

    async def resolve(host: str, _port: int) -> Sequence[str]:
        nonlocal at_once, most
        starts.setdefault(host, []).append(time.monotonic())
        at_once += host == "busy.example"
        most = max(most, at_once)
        await asyncio.sleep(0.5)
        at_once -= host == "busy.example"
        raise OSError

    async def main() -> None:
        async with open_client(Network(per_host=2), resolve=resolve) as client:
            hosts = ["busy.example"] * 4 + [f"h{i}.example" for i in range(5)]
            await asyncio.gather(*(client.fetch(Request(f"http://{h}/")) for h in hosts), return_exceptions=True)

    run(main())
    busy = starts["busy.example"]
    assert most == 2
    assert all(later - earlier >= HOST_DELAY_SECONDS * 0.95 for earlier, later in pairwise(busy))
    assert max(starts[f"h{i}.example"][0] for i in range(5)) < busy[1]


def test_waiting_for_a_turn_is_not_counted() -> None:
    """The total time of a response starts when it is its turn."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(0.15)
        raise OSError("found nothing")

    async def main() -> list[BaseException]:
        async with open_client(Network(per_host=1), resolve=resolve, total_seconds=0.3) as client:
            asked = (client.fetch(Request("http://busy.example/")) for _ in range(4))
            return await asyncio.gather(*asked, return_exceptions=True)  # type: ignore[return-value]

    assert all("found nothing" in str(error) for error in run(main()))


def test_a_local_host_is_asked_at_full_width() -> None:
    """An allowed private host is asked without delay, up to the overall limit, over connections that are kept."""
    at_once = most = 0

    async def main() -> tuple[int, int]:
        async with open_web() as (web, client):

            async def slow(writer: asyncio.StreamWriter) -> None:
                nonlocal at_once, most
                at_once += 1
                most = max(most, at_once)
                await asyncio.sleep(0.2)
                at_once -= 1
                writer.write(reply(body=b"ok"))

            web.routes |= {"/slow": slow, "/fast": reply(body=b"ok")}
            await asyncio.gather(*(client.fetch(Request(web.url("/slow"))) for _ in range(AT_A_TIME + 10)))
            before = web.connections
            for _ in range(20):
                await client.fetch(Request(web.url("/fast")))
            return before, web.connections

    before, after = run(main())
    assert most == AT_A_TIME >= 40
    assert after - before == 1


def test_a_cancelled_fetch_frees_its_place() -> None:
    """A fetch that is cancelled while it waits or reads leaves its place to the next."""

    async def main() -> Answer:
        async with open_web() as (web, client):

            async def silent(_writer: asyncio.StreamWriter) -> None:
                await asyncio.sleep(30)

            web.routes |= {"/silent": silent, "/fast": reply(body=b"ok")}
            tasks = [asyncio.create_task(client.fetch(Request(web.url("/silent")))) for _ in range(AT_A_TIME + 5)]
            await asyncio.sleep(0.3)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return await client.fetch(Request(web.url("/fast")))

    assert run(main()).body == b"ok"


def test_a_secret_is_sent_and_kept_nowhere() -> None:
    """A key goes to the server as a parameter, and is not in the address of the answer."""

    async def go() -> None:
        async with open_web() as (web, client):
            web.routes["/works?q=a&api_key=s3cret"] = reply(body=b"{}")
            answer = await client.fetch(Request(web.url("/works?q=a"), secrets=(("api_key", "s3cret"),)))
            assert answer.url == web.url("/works?q=a")

    asyncio.run(go())
