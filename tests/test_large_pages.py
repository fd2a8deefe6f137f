"""Answers of many entries: saved in parts, and read in part where the whole costs too much."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.loopback import LoopbackWeb, open_web
from veille.collect import GATHER_ITEMS, Writer, collect_sources, open_collector
from veille.config import Config, Source
from veille.config.files import parse_config
from veille.parse import open_parser
from veille.store import Store, open_store
from veille.values import Bookmark, Fetch, Item, Series

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
SOURCE = Source(id="archive", kind="rss")
MARK = Bookmark(etag="whole")
MANY = 2 * GATHER_ITEMS + 10


def build_items(number: int) -> list[Item]:
    return [
        Item("archive", "article", "press", f"g{n}", f"https://e.org/{n}", f"https://e.org/{n}", f"Titre {n}", "")
        for n in range(number)
    ]


class FallingStore:
    """A store whose machine stops at its second transaction."""

    def __init__(self, store: Store) -> None:
        self.store, self.saved = store, 0

    def save_pages(
        self,
        pages: Sequence[tuple[str, Sequence[Item], Bookmark | None]],
        now: datetime,
        series: Mapping[str, Sequence[Series]] = MappingProxyType({}),
    ) -> list[tuple[int, int]]:
        self.saved += 1
        if self.saved > 1:
            raise OSError("the power went")
        return self.store.save_pages(pages, now, series)


def test_a_large_page_is_saved_in_parts_its_bookmark_last(tmp_path: Path) -> None:
    """What a crash leaves of a page is kept, the page is asked for again, and nothing in it is new twice."""
    items = build_items(MANY)
    with open_store(tmp_path) as store:
        store.sync_sources([SOURCE], NOW)
        falling = Writer(FallingStore(store), NOW)  # type: ignore[arg-type]
        with pytest.raises(OSError, match="power"):
            asyncio.run(falling.save(SOURCE, items, MARK))
        assert (len(store.load_items()), store.load_bookmarks()) == (GATHER_ITEMS, {})

        counts = asyncio.run(Writer(store, NOW).save(SOURCE, items, MARK))
        assert counts == (MANY - GATHER_ITEMS, 0)
        assert (len(store.load_items()), store.load_bookmarks()) == (MANY, {"archive": MARK})


def build_config(web: LoopbackWeb) -> Config:
    organisation = f"""
        organisation: {{name: U}}
        topics: [{{id: t, name: T}}]
        digests: [{{id: d}}]
        network: {{allow_private: ["{web.address}"]}}"""
    return parse_config(
        organisation.encode(), f"sources: [{{id: giant, kind: rss, url: '{web.url('/giant')}'}}]".encode()
    )


def test_of_an_answer_that_costs_too_much_the_beginning_is_read(tmp_path: Path) -> None:
    """The source is cut, with the cause; the entries at its beginning are kept, and it is asked for whole again."""
    entries = b"".join(b"<item><title>Titre %d</title><guid>%d</guid></item>" % (n, n) for n in range(100_000))

    async def collect(config: Config, store: Store) -> Fetch:
        async with open_collector(config, store, NOW, lambda _: None, lambda _: None) as collector:
            with open_parser(1, large_memory_bytes=60 << 20) as small:
                (fetch,) = await collect_sources(replace(collector, parser=small), config.pick_sources())
                return fetch

    with open_web() as web, open_store(tmp_path) as store:
        web.pages["/giant"] = b"<rss><channel>" + entries + b"</channel></rss>"
        config = build_config(web)
        store.sync_sources(config.sources, NOW)
        fetch = asyncio.run(collect(config, store))
        assert fetch.outcome == "cut"
        assert "only its first MiB was read" in str(fetch.error)
        assert 10_000 < fetch.items_new < 30_000
        assert store.load_bookmarks()["giant"].etag is None
