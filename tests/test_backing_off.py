"""A host that asks to be left alone: all that is looked for there waits, in this run and in later ones."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.loopback import open_web
from veille.collect import collect_sources, open_collector
from veille.config import Config
from veille.config.files import parse_config
from veille.fetch import Client
from veille.fetch.answers import BadStatusError, FetchError, HeldError, check_status, describe_seconds
from veille.fetch.backend import CheckedBackend
from veille.fetch.turns import Turns
from veille.store import open_store
from veille.values import Bookmark, Fetch, Request

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=2)
ORGANISATION = b"""
organisation: {name: U}
topics: [{id: t, name: T, description: D}]
digests: [{id: d, title: D, to: [a@example.org]}]
"""
SOURCES = b"""
sources:
  - {id: a, kind: rss, url: "http://busy.example/a"}
  - {id: b, kind: rss, url: "http://busy.example/b"}
  - {id: c, kind: rss, url: "http://busy.example/c"}
"""


async def resolve(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def ask_after(first: int) -> list[str]:
    """Names of what came of asking a host for /first and then for /second, as for a host of the internet."""
    said: list[str] = []

    async def main() -> None:
        with open_web() as web:
            web.pages |= {"/first": first, "/second": b"ok"}
            port = web.server_address[1]
            backend = CheckedBackend(frozenset({f"busy.example:{port}"}), resolve, 9_999)
            network = parse_config(ORGANISATION, SOURCES).network
            client = Client(
                network, frozenset(), backend, ssl.create_default_context(), max_bytes=9_999, total_seconds=9
            )
            for path in ("/first", "/second"):
                try:
                    await client.fetch(Request(f"http://busy.example:{port}{path}"))
                    said.append("Answer")
                except FetchError as error:
                    said.append(type(error).__name__)
            await client.close()

    asyncio.run(main())
    return said


@pytest.mark.parametrize(("status", "second"), [(429, "HeldError"), (503, "Answer"), (500, "Answer")])
def test_a_host_that_has_enough_is_not_asked_again(status: int, second: str) -> None:
    """429 counts all requests of a client; what else goes wrong may be the trouble of one address."""
    assert ask_after(status) == ["BadStatusError", second]


@pytest.mark.parametrize(
    ("status", "retry_after", "busy_host"),
    [
        (429, None, "busy.example"),
        (429, "120", "busy.example"),
        (503, "Mon, 02 Mar 2026 08:00:00 GMT", "busy.example"),
        (503, None, None),
        (503, "0", None),
        (404, "120", None),
    ],
)
def test_the_host_says_so(status: int, retry_after: str | None, busy_host: str | None) -> None:
    """A 503 is the host's word when it says until when."""
    import httpx

    headers = {"retry-after": retry_after} if retry_after else {}
    url = httpx.URL("https://busy.example/feed")
    with pytest.raises(BadStatusError) as caught:
        check_status(url, httpx.Response(status, headers=headers), conditional=False, permanent=True, now=NOW)
    assert caught.value.busy_host == busy_host


def test_a_short_wait_is_waited_for_and_local_hosts_are_not_held() -> None:
    """Some seconds pass within the run; the sources of a local host are each by themselves."""

    async def main() -> list[str]:
        turns, passed = Turns(6, frozenset({"127.0.0.1:80"})), []
        turns.hold("short.example", 443, 0.05)
        turns.hold("127.0.0.1", 80, 3600)
        for host, port in (("short.example", 443), ("127.0.0.1", 80)):
            async with turns.take(host, port):
                passed.append(host)
        turns.hold("long.example", 80, 3600)
        with pytest.raises(HeldError, match="asked to wait 60 min"):
            await turns.take("long.example", 443).__aenter__()
        return passed

    assert asyncio.run(main()) == ["short.example", "127.0.0.1"]


def test_the_other_sources_of_a_busy_host_wait_in_later_runs(tmp_path: Path) -> None:
    """Nothing is asked for before the time; they keep their health, and the line says who asked to wait until when."""
    busy = Bookmark(not_before=UNTIL, busy_host="busy.example", first_failure_at=NOW, consecutive_failures=1)
    well = Bookmark(last_success_at=NOW - timedelta(days=1))
    ill = Bookmark(first_failure_at=NOW - timedelta(days=1), consecutive_failures=2)
    config = parse_config(ORGANISATION, SOURCES)
    with open_store(tmp_path) as store:
        store.sync_sources(config.sources, NOW)
        store.save_pages([("a", (), busy), ("b", (), well), ("c", (), ill)], NOW)
        assert store.load_bookmarks()["a"] == busy
        told = asyncio.run(collect(config, store))
        after = store.load_bookmarks()
    assert [fetch.outcome for fetch in told] == ["refused", "unchanged", "refused"]
    assert told[1].error == "busy.example asked to wait until 2026-03-02T08:00+00:00: nothing more was asked for."
    assert after == {"a": busy, "b": well, "c": ill}


async def collect(config: Config, store: object) -> list[Fetch]:
    async with open_collector(config, store, NOW, lambda _kind: None, lambda _fetch: None) as collector:  # type: ignore[arg-type]
        return await collect_sources(collector, config.sources)


@pytest.mark.parametrize(("seconds", "said"), [(40, "40 s"), (120, "2 min"), (7200, "2 h")])
def test_waits_are_told_roughly(seconds: float, said: str) -> None:
    """A person reads them."""
    assert describe_seconds(seconds) == said
