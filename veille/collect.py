"""From configured sources to items in the store: fetch, parse, save, each source in transactions of its own."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from veille.config import Config, Network, Source
from veille.fetch import Client, open_client
from veille.fetch.answers import (
    MAX_RETRY_AFTER_SECONDS,
    BadStatusError,
    FetchError,
    GoneError,
    HeldError,
    RefusedError,
    find_validator,
)
from veille.fetch.permission import ask_permission
from veille.harvest import advance
from veille.items.text import plain_line
from veille.kinds import Ask, UnreadableError, load_kind
from veille.parse import ParseFailedError, ParserPool, open_parser
from veille.robots import is_reserved
from veille.store import Store
from veille.values import Answer, Bookmark, Fetch, FetchOutcome, Item, Page, Request, Series
from veille.watching import tell_change

# The map over sources is a parameter: all at once here, batches as Prefect tasks in `flows/`.
CollectBatch = Callable[[Sequence[Source]], Awaitable[list[Fetch]]]
RunEach = Callable[[CollectBatch, Sequence[Source]], Awaitable[list[Fetch]]]
SavedPage = tuple[str, Sequence[Item], Bookmark | None]
_Waiting = tuple[SavedPage, asyncio.Future[tuple[int, int]]]

GATHER_PAGES = 50  # a transaction at most
GATHER_ITEMS = 5_000  # of a transaction, as far as pages are not larger; rows take room until they are saved
FIRST_WAIT_SECONDS = 15 * 60.0
LONGEST_WAIT_SECONDS = 24 * 3600.0
GATHER_SECONDS = 0.15  # that a page waits for others to be saved with
HEAD_BYTES = 1 << 20  # that are read of an answer which could not be read whole
EMPTY_PAGES = 20  # of a source in a run; after them it goes on the next time
ERROR_LIMIT = 500  # characters


async def run_at_once(collect_batch: CollectBatch, sources: Sequence[Source]) -> list[Fetch]:
    """The plain map: every source in one batch."""
    return await collect_batch(sources)


class Writer:
    """Saves pages that come at about the same time in one transaction: each one costs a disk sync.

    A page's last items and its source's bookmark are in the same transaction, so a crash re-reads and never skips.
    """

    def __init__(self, store: Store, now: datetime) -> None:
        self._store, self._now = store, now
        self._waiting: list[_Waiting] = []
        self._series: dict[str, Sequence[Series]] = {}

    async def save(
        self, source: Source, items: Sequence[Item], bookmark: Bookmark, series: Sequence[Series] = ()
    ) -> tuple[int, int]:
        """Numbers of new and of changed items, once they are safe. ``series`` are those that are told in full."""
        new = changed = 0
        while len(items) > GATHER_ITEMS and not series:  # a series is told by all of its page
            part, items = items[:GATHER_ITEMS], items[GATHER_ITEMS:]
            counts = await self._put((source.id, part, None))
            new, changed = new + counts[0], changed + counts[1]
        if series:
            self._series[source.id] = series
        counts = await self._put((source.id, items, bookmark))
        return new + counts[0], changed + counts[1]

    async def _put(self, page: SavedPage) -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_later(GATHER_SECONDS, self._flush)
        saved: asyncio.Future[tuple[int, int]] = loop.create_future()
        self._waiting.append((page, saved))
        items = sum(len(page[1]) for page, _ in self._waiting)
        if len(self._waiting) >= GATHER_PAGES or items >= GATHER_ITEMS:
            self._flush()
        return await saved

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        series, self._series = self._series, {}
        if waiting:
            self._save(waiting, series)

    def _save(self, waiting: Sequence[_Waiting], series: Mapping[str, Sequence[Series]]) -> None:
        """Together; where that fails, one by one, so that a page that cannot be saved costs only itself."""
        try:
            counts = self._store.save_pages([page for page, _ in waiting], self._now, series)
        except Exception as error:
            if len(waiting) == 1:
                waiting[0][1].set_exception(error)
                return
            for one in waiting:
                own = one[0][0]
                self._save([one], {own: series[own]} if own in series else {})
            return
        for (_, saved), count in zip(waiting, counts, strict=True):
            if not saved.done():  # who waited for it may have been cancelled
                saved.set_result(count)


@dataclass(frozen=True, slots=True)
class Collector:
    """What a source needs to be collected in this run."""

    config: Config
    store: Store
    client: Client
    parser: ParserPool
    writer: Writer
    bookmarks: Mapping[str, Bookmark]
    now: datetime
    load_key: Callable[[str], str | None]  # the API key of a kind of source, if there is one
    named: bool  # the sources were asked for by name: those that are gone are asked once more
    on_done: Callable[[Fetch], None]


@asynccontextmanager
async def open_collector(
    config: Config,
    store: Store,
    now: datetime,
    load_key: Callable[[str], str | None],
    on_done: Callable[[Fetch], None],
    *,
    named: bool = False,
    open_web: Callable[[Network], AbstractAsyncContextManager[Client]] = open_client,
) -> AsyncIterator[Collector]:
    """Opens the one HTTP client (by ``open_web``) and the parsing processes; the store is the caller's."""
    bookmarks = {source_id: forget_far_wait(mark, now) for source_id, mark in store.load_bookmarks().items()}
    async with open_web(config.network) as client:
        for mark in bookmarks.values():
            if mark.busy_host and mark.not_before and mark.not_before > now:
                client.hold(mark.busy_host, (mark.not_before - now).total_seconds())
        with open_parser() as parser:
            yield Collector(config, store, client, parser, Writer(store, now), bookmarks, now, load_key, named, on_done)


def forget_far_wait(mark: Bookmark, now: datetime) -> Bookmark:
    """A wait longer than any server is granted was noted by a clock that had run ahead: it is none."""
    far = mark.not_before is not None and (mark.not_before - now).total_seconds() > MAX_RETRY_AFTER_SECONDS
    return replace(mark, not_before=None, busy_host=None) if far else mark


async def collect_sources(
    collector: Collector, sources: Sequence[Source], run_each: RunEach = run_at_once
) -> list[Fetch]:
    """One cycle of every source; none of them can spoil another's."""

    async def collect_batch(batch: Sequence[Source]) -> list[Fetch]:
        done = await asyncio.gather(*(_collect_one(collector, source) for source in batch))
        collector.store.save_fetches(done)
        return [fetch for fetch, _ in done]

    return await run_each(collect_batch, sources)


async def _collect_one(collector: Collector, source: Source) -> tuple[Fetch, Bookmark]:
    cycle = _Cycle(collector, source, collector.bookmarks.get(source.id, Bookmark()))
    started = time.monotonic()
    fetch = replace(await cycle.run(), seconds=round(time.monotonic() - started, 3))
    collector.on_done(fetch)
    return fetch, cycle.bookmark


class _Cycle:
    """One source's requests of one run, and what they add up to."""

    def __init__(self, collector: Collector, source: Source, bookmark: Bookmark) -> None:
        self.collector, self.source, self.bookmark = collector, source, bookmark
        self.fetch = Fetch(source.id, collector.now, 0.0, "unchanged")
        self.goes_on = bookmark.cursor is not None  # it is asked for what is new since it was last read
        self.met: dict[str, set[str]] = {}  # guids of this run, by series

    async def run(self) -> Fetch:
        kind = load_kind(self.source.kind)
        if kind is None:
            return self._ended("unsupported", f"The kind {self.source.kind} is not built yet: nothing was asked for.")
        if self.bookmark.gone and not self.collector.named:
            return self._ended("gone", f"Gone for good (410): give {self.source.id} another address, or remove it.")
        if self.bookmark.not_before and self.bookmark.not_before > self.collector.now:
            until = self.bookmark.not_before.isoformat(timespec="minutes")
            return self._ended("refused", f"The server asked to be left alone until {until}: nothing was asked for.")
        try:
            await self._follow(kind.requests(self.source, self.bookmark, self._ask()))
        except HeldError as error:
            return self._held(error)
        except (FetchError, UnreadableError, ParseFailedError) as error:
            return self._failed(error)
        except Exception as error:  # whatever a source brings about, the others go on
            fault = f"{type(error).__name__}: {error}; a fault of veille's or of its disk, see `veille doctor`"
            return self._failed(RuntimeError(fault))
        return self._succeeded()

    def _ask(self) -> Ask:
        config = self.collector.config
        key = self.collector.load_key(self.source.kind)
        return Ask(config.topics, self.collector.now, config.network.contact, key)

    async def _follow(self, requests: Iterable[Request]) -> None:
        """A page of each series in turn, so that none of them spends the source's limit of records a run alone.

        The next run goes on where this one stops.
        """
        limit = self.source.limit
        waiting = deque(requests)
        empty = 0
        while waiting and empty < EMPTY_PAGES and (limit is None or self._records < limit):
            before = self._records
            if following := await self._read_page(waiting.popleft()):
                waiting.append(following)
                empty += self._records == before

    @property
    def _records(self) -> int:
        return self.fetch.items_seen + self.fetch.items_rejected

    async def _read_page(self, request: Request) -> Request | None:
        """The request for the page after this one, where there is one."""
        if self.source.kind == "page":
            await ask_permission(self.collector.client, request.url)
        async with self.collector.client.room() as room:
            return await self._read_answer(request, await self.collector.client.fetch(request, self.bookmark, room))

    async def _read_answer(self, request: Request, answer: Answer) -> Request | None:
        self.fetch = replace(
            self.fetch,
            http_status=answer.status,
            bytes=self.fetch.bytes + len(answer.body),
            tdm_reserved=self.fetch.tdm_reserved or is_reserved(answer.headers, answer.body),
            error=None,
        )
        if answer.status == 304:
            return None
        answer, page = await self._parse(answer)
        cursor = self.bookmark.cursor
        if page.text is not None:
            page, cursor = tell_change(self.source, page, cursor, answer.complete, self.collector.now)
        if self._goes_round(request.series, page):
            page = replace(page, next=None)
        await self._save(answer, page, self._bookmark_after(request, answer, page, cursor))
        return page.next and replace(
            page.next, series=request.series, secrets=request.secrets, apart_seconds=request.apart_seconds
        )

    async def _parse(self, answer: Answer) -> tuple[Answer, Page]:
        """The answer and its page; of one that costs too much to read whole, as much as its beginning says."""
        parser, now = self.collector.parser, self.collector.now
        try:
            return answer, await parser.parse(self.source, answer, now)
        except ParseFailedError as error:
            if len(answer.body) <= HEAD_BYTES:
                raise
            told = f"only its first MiB was read: {error}"
            head = replace(answer, body=answer.body[:HEAD_BYTES], complete=False, cut_because=told)
            try:
                return head, await parser.parse(self.source, head, now)
            except UnreadableError:
                raise error from None

    def _goes_round(self, series: str, page: Page) -> bool:
        """Whether a list brings again what it has brought in this run, and nothing else: it has no end."""
        guids = {item.guid for item in page.items}
        met = self.met.setdefault(series, set())
        again = bool(guids) and guids <= met
        met |= guids
        return again

    def _bookmark_after(self, request: Request, answer: Answer, page: Page, cursor: str | None) -> Bookmark:
        """Validators are kept only of a complete answer: a crash or a cut re-reads, never skips."""
        whole = answer.complete and request.conditional
        if answer.complete and (page.next or not request.conditional):
            today = self.collector.now.date()
            count = len(page.items) + len(page.rejected)
            cursor = advance(cursor, request.series, page.next.url if page.next else None, today, count)
        return replace(
            self.bookmark,
            url=answer.moved_to or self.bookmark.url,
            etag=find_validator(answer, "etag") if whole else None,
            last_modified=find_validator(answer, "last-modified") if whole else None,
            cursor=cursor,
        )

    async def _save(self, answer: Answer, page: Page, bookmark: Bookmark) -> None:
        series = page.series if answer.complete else ()
        new, changed = await self.collector.writer.save(self.source, page.items, bookmark, series)
        self.bookmark = bookmark  # not before its items are safe
        self.fetch = replace(
            self.fetch,
            items_seen=self.fetch.items_seen + len(page.items),
            items_new=self.fetch.items_new + new,
            items_changed=self.fetch.items_changed + changed,
            items_rejected=self.fetch.items_rejected + len(page.rejected),
            error=_first_words(answer, page),
            outcome="cut" if not answer.complete else self.fetch.outcome,
        )

    def _succeeded(self) -> Fetch:
        if self.fetch.http_status == 304 and self.bookmark.consecutive_failures:
            return self.fetch  # asked without validators after a failure, so this is no proof of health
        self.bookmark = replace(
            self.bookmark,
            last_success_at=self.collector.now,
            first_failure_at=None,
            consecutive_failures=0,
            not_before=None,
            busy_host=None,
            gone=False,
        )
        return self._ended(self._good_outcome(), self.fetch.error)

    def _good_outcome(self) -> FetchOutcome:
        if self.fetch.outcome == "cut":
            return "cut"
        if self.fetch.items_new or self.fetch.items_changed:
            return "new"
        nothing_since = self.goes_on or self.fetch.http_status == 304
        return "unchanged" if self.fetch.items_seen or nothing_since else "empty"

    def _held(self, error: HeldError) -> Fetch:
        """Another source's host asked to wait: no fault of this one, which keeps its health."""
        until = (self.collector.now + timedelta(seconds=error.seconds + 30)).isoformat(timespec="minutes")  # rounded
        told = f"{error.host} asked to wait until {until}: nothing more was asked for."
        if self.fetch.http_status:
            return replace(self._succeeded(), error=told)
        return self._ended("refused" if self.bookmark.consecutive_failures else "unchanged", told)

    def _failed(self, error: Exception) -> Fetch:
        now = self.collector.now
        wait = find_wait(error, self.bookmark.consecutive_failures) if isinstance(error, BadStatusError) else None
        self.bookmark = replace(
            self.bookmark,
            etag=None,  # the next answer must be a whole one, to show that all is well again
            last_modified=None,
            first_failure_at=self.bookmark.first_failure_at or now,
            consecutive_failures=self.bookmark.consecutive_failures + 1,
            not_before=now + timedelta(seconds=wait) if wait else None,
            busy_host=error.busy_host if isinstance(error, BadStatusError) else None,
            gone=isinstance(error, GoneError),
        )
        if isinstance(error, FetchError) and error.http_status:
            self.fetch = replace(self.fetch, http_status=error.http_status)
        outcome: FetchOutcome = "failed"
        if isinstance(error, GoneError):
            outcome = "gone"
        elif isinstance(error, RefusedError):
            outcome = "refused"
        return self._ended(outcome, str(error))

    def _ended(self, outcome: FetchOutcome, error: str | None) -> Fetch:
        return replace(self.fetch, outcome=outcome, error=plain_line(error, ERROR_LIMIT) if error else None)


def find_wait(error: BadStatusError, failures_before: int) -> float | None:
    """Seconds to leave a server alone: what it asks for, else, when it is too busy, longer with each failure."""
    if error.retry_after_seconds is not None:
        return error.retry_after_seconds
    if error.http_status not in (429, 503):
        return None
    return min(FIRST_WAIT_SECONDS * 2.0**failures_before, LONGEST_WAIT_SECONDS)


def _first_words(answer: Answer, page: Page) -> str | None:
    """What a person should know of an answer that was read all the same."""
    if not answer.complete:
        return answer.cut_because
    if page.rejected:
        first = page.rejected[0]
        return f"{len(page.rejected)} entries could not be used; the first, {first.where}: {first.why}"
    return None
