"""The web may do anything: a collection of every hostile source that we know, beside good ones."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import CASES, GOOD, RESOLVED, STATUSES, Case, HostileWeb, open_hostile, redirect, reply
from veille.cli import run_command
from veille.collect import collect_sources, open_collector
from veille.config import Config
from veille.config.files import parse_config
from veille.fetch import open_client
from veille.home import Home
from veille.items.text import INVISIBLE
from veille.pipeline import collect, make_digests
from veille.store import Store, load_rows, open_published, open_store
from veille.values import Bookmark, Fetch

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=8)
SECRET = "what no feed may read"
LIMITS = {"total_seconds": 6.0, "max_bytes": 1 << 20}  # 60 s and 10 MiB, were it not a test
AGAIN = [*STATUSES, *(name for name in CASES if "token" in name or "ring" in name), "guids-change", "good"]
TEXT_COLUMNS = (
    "guid, url, canonical_url, title, summary, language, section, kind, array_to_string(authors, '|') AS names"
)


@dataclass
class Collected:
    """What two passes over all cases left."""

    home: Home
    fetches: list[dict[str, Fetch]]
    bookmarks: dict[str, Bookmark]
    asked: list[bytes]
    trapped: int
    items: dict[str, list[dict[str, Any]]]
    digests: list[Path]

    def first(self, name: str) -> Fetch:
        return self.fetches[0][name]


async def resolve(host: str, port: int) -> Sequence[str]:
    """The names of the cases, and those that need no network: numbers in odd clothes, this machine."""
    if host in RESOLVED:
        return RESOLVED[host]
    if not host.endswith(".example"):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(entry[4][0]) for entry in found]
    raise socket.gaierror("no such name")


def build_config(web: HostileWeb, cases: dict[str, Case] = CASES) -> Config:
    sources = [
        {
            "id": name,
            "kind": case.kind,
            "url": web.fill((case.url or f"http://{{web}}/{name}").encode()).decode(),
            "section": case.section,
            "language": "fr",
            "options": case.options,
        }
        for name, case in {**cases, "good": Case(b"", "new"), "good-later": Case(b"", "new")}.items()
    ]
    organisation = {
        "organisation": {"name": "Université Exemple"},
        "topics": [{"id": "qualite", "name": "Qualité de la formation", "keywords": ["Qualiopi", "CPF"]}],
        "digests": [{"id": "hebdo", "title": "Veille", "items_per_topic": 50}],
        "network": {"allow_private": [web.address, "127.0.0.1:1"]},
    }
    return parse_config(json.dumps(organisation).encode(), json.dumps({"sources": sources}).encode())


async def collect_all(config: Config, store: Store, now: datetime, only: Sequence[str] = ()) -> dict[str, Fetch]:
    open_web = partial(open_client, resolve=resolve, **LIMITS)  # type: ignore[arg-type]
    async with open_collector(config, store, now, lambda _: None, lambda _: None, open_web=open_web) as collector:
        fetches = await collect_sources(collector, config.pick_sources(only))
    return {fetch.source_id: fetch for fetch in fetches}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """Two passes a week apart, then stories, ranks and an issue."""
    home = Home(tmp_path_factory.mktemp("hostile"))
    hops = {f"hop-{n}": redirect(f"/hop-{n + 1}") for n in range(1, 20)}
    good = {"good": reply(GOOD), "good-later": reply(GOOD.replace(b"a.example", b"b.example"))}
    with open_hostile(CASES, **hops, **good) as web, open_store(home.data) as store:
        canary = home.path / "canary"
        canary.write_text(SECRET, "utf-8")
        web.canary = str(canary)
        config = build_config(web)
        told = config.model_dump_json(include={"organisation", "topics", "digests"})
        (home.path / "organisation.yaml").write_text(told)
        (home.path / "sources.yaml").write_text("sources: []\n")
        store.sync_sources(config.sources, NOW)
        fetches = [asyncio.run(collect_all(config, store, NOW)), asyncio.run(collect_all(config, store, LATER, AGAIN))]
        asyncio.run(collect(home, config, store, LATER, only=["good"], embed=False))
        make_digests(home, config, store, LATER)
        bookmarks = dict(store.load_bookmarks())
    with open_published(home.data) as published:
        rows, _ = load_rows(published, f"SELECT source_id, published_at, {TEXT_COLUMNS} FROM items")
    items: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        items.setdefault(row["source_id"], []).append(row)
    reports = sorted(path for path in home.reports.rglob("*") if path.is_file())
    return Collected(home, fetches, bookmarks, web.asked, web.trapped, items, reports)


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_source_ends_in_its_own_line(name: str, collected: Collected) -> None:
    """Its outcome, a cause that says what happened, and every item that could be read."""
    case, fetch = CASES[name], collected.first(name)
    assert re.fullmatch(case.outcome, fetch.outcome), fetch
    assert re.search(case.says, fetch.error or "", re.IGNORECASE), fetch
    assert fetch.outcome in ("new", "unchanged", "empty") or len(fetch.error or "") > 10, fetch
    assert "fault of veille" not in (fetch.error or "")
    if case.items is not None:
        assert fetch.items_new >= case.items if fetch.outcome == "cut" else fetch.items_new == case.items, fetch


def test_the_others_are_untouched(collected: Collected) -> None:
    """A good source is read in full in the same run, first or last."""
    for name in ("good", "good-later"):
        assert (collected.first(name).outcome, collected.first(name).items_new) == ("new", 2)
        assert collected.first(name).error is None
    assert not any("EVIL" in row["title"] for name in ("good", "good-later") for row in collected.items[name])


def test_nothing_private_is_reached_or_read(collected: Collected) -> None:
    """No connection to a private address, no file and no entity in any text."""
    assert collected.trapped == 0
    everything = b"".join(path.read_bytes() for path in collected.digests)
    assert SECRET.encode() not in everything
    assert not any(SECRET in str(row) for rows in collected.items.values() for row in rows)


def test_nothing_is_told_to_servers_but_what_is_asked(collected: Collected) -> None:
    """No cookie goes back, no brotli is offered, no header is of absurd length."""
    assert all(b"\r\ncookie:" not in head.lower() for head in collected.asked)
    assert all(b"\r\naccept-encoding: gzip, deflate" in head.lower() for head in collected.asked)
    validators = [line for head in collected.asked for line in head.split(b"\r\n") if line.lower().startswith(b"if-")]
    assert validators
    assert max(map(len, validators)) < 1_100


def test_lists_without_end_have_one(collected: Collected) -> None:
    """Loops, rings and tokens for ever cost a bounded number of requests a run."""
    paths = [head.split(b" ")[1].partition(b"?")[0].decode().strip("/") for head in collected.asked]
    assert max((paths.count(name), name) for name in CASES)[0] <= 2 * 45


def test_limits_hold(collected: Collected) -> None:
    """No response costs more than its time and its bytes."""
    for name, fetch in collected.fetches[0].items():
        if CASES.get(name, Case(b"", "")).kind == "rss":
            assert fetch.bytes <= 1 << 20, fetch


def test_stored_texts_are_plain(collected: Collected) -> None:
    """One line without control, bidirectional and zero-width characters, within bounds; web addresses; sane dates."""
    for row in (row for rows in collected.items.values() for row in rows):
        texts = [str(value) for name, value in row.items() if name not in ("source_id", "published_at") and value]
        assert not any(INVISIBLE.search(text) or "\n" in text or "\t" in text for text in texts), row
        assert len(row["title"]) <= 500
        assert len(row["summary"]) <= 5_000
        assert len(row["guid"]) <= 1_100
        assert re.match(r"https?://[^\s<>\"]+\Z", row["url"]), row
        assert len(row["language"] or "") < 10
        assert row["published_at"] is None or row["published_at"].year in range(1990, 2027), row
        assert "<script" not in row["title"].lower()


def test_causes_are_plain(collected: Collected) -> None:
    """One line of at most 500 characters."""
    for fetch in (fetch for fetches in collected.fetches for fetch in fetches.values()):
        assert fetch.error is None or (len(fetch.error) <= 500 and fetch.error.isprintable()), fetch


def test_waits_are_bounded(collected: Collected) -> None:
    """Whatever Retry-After says: a week at most."""
    waits = [mark.not_before for mark in collected.bookmarks.values() if mark.not_before]
    assert waits
    assert max(waits) <= LATER + timedelta(days=7)


def test_mails_and_pages_are_safe(collected: Collected) -> None:
    """No script, no remote resource, no address but http(s) and mail; nothing invisible in the plain text."""
    from bs4 import BeautifulSoup

    read = {path.name: path.read_text("utf-8") for path in collected.digests}
    for name in ("digest.html", "index.html"):
        page = BeautifulSoup(read[name], "lxml")
        assert not page.find_all(["iframe", "object", "embed", "form", "base", "video", "audio"])
        assert len(page.find_all("script")) == (name == "index.html")  # the archive's own search
        assert not [tag for tag in page.find_all(True) if any(key.startswith("on") for key in tag.attrs)]
        assert all(str(tag["src"]).startswith(("data:", "cid:")) for tag in page.find_all(src=True))
        links = [str(tag["href"]) for tag in page.find_all(href=True)]
        assert all(re.match(r"https?://|mailto:|#|[\w./-]+$", link) for link in links), links
        assert "javascript" not in "".join(links)
    assert not INVISIBLE.search(read["digest.txt"].replace("­", ""))
    assert not re.search(r"^Bcc:", read["digest.txt"], re.MULTILINE)
    assert not re.search(
        r"^(?!BEGIN|END|[A-Z-]+[;:]| )", read["agenda.ics"].replace("\r\n", "\n").strip(), re.MULTILINE
    )


def test_tables_are_safe(collected: Collected, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """No cell of an exported table begins like a formula."""
    assert run_command(["--home", str(collected.home.path), "export", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert len(rows) > 100
    assert not [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-[^\d]", cell)]
