"""The sample web's research archives, collected as the demo does, by real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest

from veille.config import Network, Source
from veille.demo.server import DemoWeb, open_demo_web
from veille.demo.weeks import COLLECT_ON, ZONE, save_demo_home
from veille.fetch import open_client
from veille.home import Home, load_config
from veille.kinds import Ask, load_kind
from veille.values import Bookmark, Item

ARCHIVES = ("eric", "arxiv", "archive-valdorme")


@pytest.fixture(scope="module")
def web() -> Iterator[DemoWeb]:
    with open_demo_web() as web:
        yield web


def collect(web: DemoWeb, name: str, day: date, home: Path) -> list[Item]:
    """The items of all pages of all series, on a day."""
    web.move_to(day)
    save_demo_home(home, web.url, 2525)
    config = load_config(Home(home))
    (source,) = config.pick_sources([name])
    now = datetime.combine(day, time(6), ZONE)
    return asyncio.run(_follow(source, Ask(config.topics, now), config.network))


async def _follow(source: Source, ask: Ask, network: Network) -> list[Item]:
    kind = load_kind(source.kind)
    assert kind is not None
    items: list[Item] = []
    async with open_client(network) as client:
        waiting = list(kind.requests(source, Bookmark(), ask))
        while waiting:
            answer = await client.fetch(waiting.pop())
            page = kind.parse(source, answer.body, answer.headers, answer.url, ask.now)
            assert page.rejected == ()
            items += page.items
            waiting += [page.next] if page.next else []
    return items


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_grows_over_the_four_weeks(web: DemoWeb, name: str, tmp_path: Path) -> None:
    """Every archive answers on every day in the shape of its kind, and has more papers at the end."""
    counts = [len({item.guid for item in collect(web, name, day, tmp_path)}) for day in COLLECT_ON]
    assert counts[0] >= 1
    assert counts[-1] >= 4


def test_the_trial_is_in_the_index_and_in_its_journal(web: DemoWeb, tmp_path: Path) -> None:
    """ERIC's record of the Lumen trial carries the DOI of the journal's: one story."""
    dois = {item.identifiers.get("doi") for item in collect(web, "eric", COLLECT_ON[-1], tmp_path)}
    assert "10.5555/jdle.2026.014" in dois


def test_a_withdrawn_record_is_no_item(web: DemoWeb, tmp_path: Path) -> None:
    """The archive withdraws a record in its first week; it is told as deleted from then on."""
    before, after = (collect(web, "archive-valdorme", date(2026, 3, day), tmp_path) for day in (5, 9))
    assert "oai:archive.example:4112" in {item.guid for item in before}
    assert "oai:archive.example:4112" not in {item.guid for item in after}
