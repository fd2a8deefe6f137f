"""Trying sources without keeping anything: is the address reachable, is it of its kind, how alive is it?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from veille.config import Config, Source
from veille.fetch import Client, open_client
from veille.fetch.answers import FetchError, say_once
from veille.fetch.permission import ask_permission
from veille.kinds import Ask, Kind, UnreadableError, load_kind
from veille.parse import ParseFailedError, ParserPool, open_parser
from veille.sources.discover import detect_kind
from veille.values import Answer, Bookmark, Course, Event, Item, Page, Request

WELL = frozenset({"ok", "empty", "moved", "stale"})
PATIENCE_DAYS = 14  # with a silent source, or four of its usual intervals: as `life_until` in `veille/store/views.sql`
CHECK_COLUMNS = ("source_id", "verdict", "items", "newest_at", "items_a_week", "newest", "advice")

LoadKey = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Trial:
    """What it takes to ask a source once."""

    config: Config
    client: Client
    parser: ParserPool
    now: datetime
    load_key: LoadKey  # the API key of a kind of source, if there is one

    async def fetch(self, kind: Kind, source: Source) -> tuple[Request, Answer]:
        """The first thing that the source would be asked, and the answer. Raises as `Kind.requests` and the client."""
        ask = Ask(self.config.topics, self.now, self.config.network.contact, self.load_key(source.kind))
        requests = kind.requests(source, Bookmark(), ask)
        if not requests:
            raise UnreadableError("its options lead to no request; correct them")
        if source.kind == "page":
            await ask_permission(self.client, requests[0].url)
        return requests[0], await self.client.fetch(requests[0])

    async def parse(self, source: Source, answer: Answer) -> Page:
        return await self.parser.parse(source, answer, self.now)


@asynccontextmanager
async def open_trial(config: Config, now: datetime, load_key: LoadKey) -> AsyncIterator[Trial]:
    """The one HTTP client and the parsing processes, for as long as sources are tried."""
    async with open_client(config.network) as client:
        with open_parser() as parser:
            yield Trial(config, client, parser, now, load_key)


async def check_sources(
    config: Config,
    sources: Sequence[Source],
    now: datetime,
    load_key: LoadKey = lambda _kind: None,
    on_done: Callable[[int], None] = lambda _done: None,
) -> list[dict[str, Any]]:
    """A row for each of these sources, in their order, with `CHECK_COLUMNS`.

    ``verdict`` is ok, empty, stale, moved, wrong-kind, unreadable, failed or unsupported; ``on_done`` hears how many
    are done.
    """
    done = 0

    async def check(trial: Trial, source: Source) -> dict[str, Any]:
        nonlocal done
        row = await _check(trial, source)
        done += 1
        on_done(done)
        return row

    async with open_trial(config, now, load_key) as trial:
        return list(await asyncio.gather(*(check(trial, source) for source in sources)))


async def _check(trial: Trial, source: Source) -> dict[str, Any]:
    kind = load_kind(source.kind)
    if kind is None:
        return _row(source, "unsupported", advice=f"The kind {source.kind} is not built yet.")
    try:
        request, answer = await trial.fetch(kind, source)
    except FetchError as error:
        return _row(source, "failed", advice=say_once(error))
    except UnreadableError as error:
        return _row(source, "unreadable", advice=str(error))
    try:
        page = await trial.parse(source, answer)
    except ParseFailedError as error:
        return _row(source, "failed", advice=str(error))
    except UnreadableError as error:
        other = detect_kind(answer.body, answer.headers)
        if other and other != source.kind:
            return _row(source, "wrong-kind", advice=f"It is of the kind {other}: write kind: {other}.")
        return _row(source, "unreadable", advice=str(error))
    facts = describe_items(page.items, trial.now)
    if answer.moved_to and request.url == source.url:
        return _row(source, "moved", facts, f"It moved for good: write {answer.moved_to} into sources.yaml.")
    if page.rejected:
        told = f"{len(page.rejected)} entries could not be used; the first: {page.rejected[0].why}"
        return _row(source, "ok" if page.items else "empty", facts, told)
    if not page.items:
        series = f" for {request.series}" if request.series else ""
        return _row(source, "empty", facts, f"It is of its kind, and has nothing{series} at the moment.")
    silence = say_silence(page.items, trial.now)
    return _row(source, "stale" if silence else "ok", facts, silence)


def _row(source: Source, verdict: str, facts: dict[str, Any] | None = None, advice: str = "") -> dict[str, Any]:
    return {"source_id": source.id, "verdict": verdict, **(facts or describe_items((), None)), "advice": advice}


def say_silence(items: Sequence[Item], now: datetime) -> str:
    """That a source has fallen silent against its own cadence, with nothing ahead; empty for a lively one."""
    published = sorted({item.published_at.date() for item in items if item.published_at})
    dated = [day for item in items if (day := find_last_day(item))]
    signs = [*published[-1:], *dated]
    if not signs or (now.date() - max(signs)).days <= _measure_patience(published):
        return ""
    if len(dated) == len(items):
        return f"All {len(dated)} of its dates are over: look for the list of this year."
    return f"Nothing new since {max(signs)}: it may have ended, or moved."


def _measure_patience(days: Sequence[date]) -> float:
    """How many days a source that published on these ascending days may be silent."""
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return max(PATIENCE_DAYS, 4 * median(gaps)) if gaps else PATIENCE_DAYS


def find_last_day(item: Item) -> date | None:
    """The last day that an event or course run names: of what it is, of enrolment, of a deadline."""
    details = item.details
    if not isinstance(details, Event | Course):
        return None
    days = [details.starts_on, details.ends_on]
    days += [details.enrolment_ends_on] if isinstance(details, Course) else [one.on for one in details.deadlines]
    return max((day for day in days if day), default=None)


def describe_items(items: Sequence[Item], now: datetime | None) -> dict[str, Any]:
    """``items`` (how many), ``newest_at``, ``newest`` (its title) and ``items_a_week`` of one answer.

    Of dated things without a day of publication, ``newest`` is what comes next, with its day.
    """
    dated = sorted((item for item in items if item.published_at), key=_instant)
    newest = dated[-1] if dated else next(iter(items), None)
    ahead = [(day, item.title) for item in items if now and (day := find_last_day(item)) and day >= now.date()]
    title = newest.title if newest else ""
    if not dated and ahead:
        day, title = min(ahead)
        title = f"{title} ({day})"
    return {
        "items": len(items),
        "newest_at": newest.published_at if newest else None,
        "items_a_week": measure_cadence([_instant(item) for item in dated]),
        "newest": title,
    }


def _instant(item: Item) -> datetime:
    assert item.published_at is not None
    return item.published_at


def measure_cadence(dates: Sequence[datetime]) -> float | None:
    """Items a week between the first and the last of these ascending dates; None for fewer than two."""
    if len(dates) < 2:
        return None
    weeks = max((dates[-1] - dates[0]) / timedelta(weeks=1), 1 / 7)
    return round((len(dates) - 1) / weeks, 1)
