"""Trying sources without keeping anything: is the address reachable, is it of its kind, how alive is it?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from veille.answers import FetchError
from veille.config import Config, Source
from veille.fetch import Client, open_client
from veille.kinds import Ask, UnreadableError, load_kind
from veille.parse import ParseFailedError, ParserPool, open_parser
from veille.values import Bookmark, Item


async def check_sources(config: Config, now: datetime) -> list[dict[str, Any]]:
    """A row a configured source, disabled ones too: ``source_id, verdict, items, newest_at, items_a_week, advice``.

    ``verdict`` is ok, empty, moved, failed, unreadable or unsupported.
    """
    async with open_client(config.network) as client:
        with open_parser() as parser:
            checks = (_check(source, config, client, parser, now) for source in config.sources)
            return list(await asyncio.gather(*checks))


async def _check(source: Source, config: Config, client: Client, parser: ParserPool, now: datetime) -> dict[str, Any]:
    kind = load_kind(source.kind)
    if kind is None:
        return _row(source, "unsupported", advice=f"The kind {source.kind} is not built yet.")
    try:
        request = kind.requests(source, Bookmark(), Ask(config.topics, now, config.network.contact))[0]
        answer = await client.fetch(request)
        page = await parser.parse(source, answer, now)
    except (FetchError, ParseFailedError) as error:
        return _row(source, "failed", advice=str(error))
    except UnreadableError as error:
        return _row(source, "unreadable", advice=str(error))
    if answer.moved_to:
        return _row(source, "moved", page.items, f"It moved for good: write {answer.moved_to} into sources.yaml.")
    return _row(source, "ok" if page.items else "empty", page.items)


def _row(source: Source, verdict: str, items: Sequence[Item] = (), advice: str = "") -> dict[str, Any]:
    dates = sorted(item.published_at for item in items if item.published_at)
    return {
        "source_id": source.id,
        "verdict": verdict,
        "items": len(items),
        "newest_at": dates[-1] if dates else None,
        "items_a_week": measure_cadence(dates),
        "advice": advice,
    }


def measure_cadence(dates: Sequence[datetime]) -> float | None:
    """Items a week between the first and the last of these ascending dates; None for fewer than two."""
    if len(dates) < 2:
        return None
    weeks = max((dates[-1] - dates[0]) / timedelta(weeks=1), 1 / 7)
    return round((len(dates) - 1) / weeks, 1)
