"""The whole way of the data, stage by stage, for every caller: commands, Prefect flows, tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from veille.collect import RunEach, collect_sources, open_collector, run_at_once
from veille.config import Config
from veille.embed import Embedder, open_embedder
from veille.evidence import RULES
from veille.faults import step
from veille.home import Home, load_api_key
from veille.ratings import take_votes
from veille.store import Store
from veille.values import Fetch, short_hash

if TYPE_CHECKING:
    from veille.issue import Issue
    from veille.linking import Fitted

_open_model = lru_cache(open_embedder)  # a process that collects often loads its model once

KEPT_ADDRESSES = timedelta(days=365)  # in the ledger of what was sent to whom
RANKING = "7"  # which way of scoring this is: under another one, what is stored is scored anew
FAILURES = frozenset({"failed", "refused", "gone"})


@dataclass(frozen=True, slots=True)
class Collected:
    """What one collection pass brought."""

    fetches: tuple[Fetch, ...]
    items_new: int
    items_changed: int
    stories_new: int = 0

    @property
    def all_failed(self) -> bool:
        """Nothing could be collected, although something was asked for."""
        asked = [fetch for fetch in self.fetches if fetch.outcome != "unsupported"]
        return bool(asked) and all(fetch.outcome in FAILURES for fetch in asked)


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told how far a collection is."""

    on_source: Callable[[Fetch], None] = lambda _fetch: None
    on_embedded: Callable[[int, int], None] = lambda _done, _of: None


async def collect(
    home: Home,
    config: Config,
    store: Store,
    now: datetime,
    *,
    only: Sequence[str] = (),
    embed: bool = True,
    run_each: RunEach = run_at_once,
    listener: Listener | None = None,
) -> Collected:
    """One collection pass, from fetch to trends, published at its end.

    Raises `UnknownNameError` for an unknown source and `veille.embed.ModelUnavailableError`; what was collected stands.
    """
    listener = listener or Listener()
    sources = config.pick_sources(only)
    take_votes(home, store, config)
    store.sync_sources(config.sources, now)
    embedder = _open_model(config.embedding)

    def on_done(fetch: Fetch) -> None:
        # Importing the model's libraries takes seconds, and goes on while the other sources answer.
        if embed and fetch.items_new + fetch.items_changed:
            embedder.warm_up()
        listener.on_source(fetch)

    with _recorded(store, "collect", now) as summary:
        async with open_collector(
            config, store, now, partial(load_api_key, home), on_done, named=bool(only)
        ) as collector:
            fetches = await collect_sources(collector, sources, run_each)
        step("collected")
        collected = Collected(
            tuple(fetches),
            items_new=sum(fetch.items_new for fetch in fetches),
            items_changed=sum(fetch.items_changed for fetch in fetches),
        )
        summary |= {"items_new": collected.items_new, "items_changed": collected.items_changed}
        stories_new = _analyse(config, store, embedder, now, embed=embed, on_embedded=listener.on_embedded)
        collected = replace(collected, stories_new=stories_new)
        summary |= {"stories_new": stories_new, "all_failed": collected.all_failed}
        if failure := find_failure(collected):
            summary["error"] = failure
    return collected


def _analyse(
    config: Config,
    store: Store,
    embedder: Embedder,
    now: datetime,
    *,
    embed: bool,
    on_embedded: Callable[[int, int], None],
) -> int:
    """Embed, build stories and rank, unless all that is stored went through it; how many stories are new."""
    ratings = [f"{one.item_id} {one.topic_id} {one.verdict}" for one in store.load_ratings(now)]
    subject = short_hash(
        embedder.model, RULES, RANKING, *(topic.model_dump_json() for topic in config.topics), *ratings
    )
    done = store.load_analysed()
    if done == f"{subject} embedded" or (done == subject and not embed):
        return 0
    from veille.analyse import embed_new, update_evidence, update_scores, update_stories, update_trends

    if embed:
        embed_new(store, embedder, config.topics, on_embedded)
    step("embedded")
    update_evidence(store)
    step("evidence")
    stories_new = update_stories(store, embedder.model, now)
    step("stories")
    update_scores(store, config.topics, embedder.model, subject, now)
    step("scores")
    anew = done is None or not done.startswith(subject)
    update_trends(store, config.topics, now, anew=anew, embedder=embedder, embed=embed)
    step("trends")
    store.save_duplicates()
    step("duplicates")
    store.save_analysed(f"{subject} embedded" if embed else subject)
    step("analysed")
    return stories_new


def calibrate(config: Config, store: Store, now: datetime) -> Fitted:
    """Fit the stories' scale to the model and to what is collected, judge and rank everything by it, and publish."""
    from veille.linking import refit

    embedder = _open_model(config.embedding)
    with _recorded(store, "calibrate", now) as summary:
        fitted = refit(store, embedder.model, now)
        store.save_analysed("")
        _analyse(config, store, embedder, now, embed=False, on_embedded=lambda _done, _of: None)
        summary |= {"fitted_to": fitted.fitted_to, "items_moved": fitted.items_moved}
    return fitted


def make_digests(
    home: Home,
    config: Config,
    store: Store,
    now: datetime,
    *,
    only: Sequence[str] = (),
    send: bool = False,
    wait: Callable[[float], object] = time.sleep,
) -> list[Issue]:
    """This week's digests, written and recorded, and sent if asked; published at the end.

    ``wait`` passes the seconds before a message is tried again that the mail server said "later" to.
    Raises `UnknownNameError` for an unknown digest and `veille.embed.ModelUnavailableError`.
    """
    # Ranking, rendering and mail: a collection that brings nothing does without them.
    from veille.analyse import embed_topics
    from veille.backup import back_up_weekly
    from veille.issue import make_issues
    from veille.sending import find_late, send_issues

    audiences = config.pick_audiences(only)
    take_votes(home, store, config)
    store.sync_sources(config.sources, now)
    embedder = _open_model(config.embedding)
    with _recorded(store, "digest", now) as summary:
        store.forget_deliveries(now - KEPT_ADDRESSES)
        if store.has_vectors(embedder.model):
            embed_topics(store, embedder, config.topics)  # they may have been edited since the last collection
        issues = make_issues(home, config, store, embedder.model, audiences, now)
        if send:
            late = find_late(home, config, store, audiences, now)
            issues = list(send_issues(home, config, store, [*issues, *late], now, wait=wait))
        summary |= {issue.digest_id: {"entries": issue.entries, "sent": issue.sent} for issue in issues}
        if unsent := find_unsent(issues):
            summary["error"] = unsent
    back_up_weekly(home, config, store, now, anew=any(issue.sent for issue in issues))
    return issues


def find_failure(collected: Collected) -> str | None:
    """Why a collection has failed, if it has."""
    return describe_failures(collected.fetches) if collected.all_failed else None


def find_unsent(issues: Sequence[Issue]) -> str | None:
    """Why no message of an issue went out, if that is so."""
    unsent = [issue for issue in issues if issue.error and not issue.sent]
    return " ".join(f"{issue.digest_id}: {issue.error}" for issue in unsent) or None


def describe_failures(fetches: Sequence[Fetch]) -> str:
    """One sentence for a collection that read nothing."""
    first = min((one for one in fetches if one.outcome in FAILURES), key=lambda one: one.source_id)
    return f"None of the {len(fetches)} sources could be read. The first, {first.source_id}: {first.error}"


@contextmanager
def _recorded(store: Store, kind: str, now: datetime) -> Iterator[dict[str, Any]]:
    """Keeps a row of this run, however it ends, and publishes."""
    summary: dict[str, Any] = {}
    started = time.monotonic()
    exit_code = 1
    try:
        yield summary
        exit_code = 1 if "error" in summary else 0
    except Exception as error:
        summary["error"] = f"{type(error).__name__}: {error}"
        raise
    finally:
        store.save_run(kind, now, now + timedelta(seconds=time.monotonic() - started), exit_code, summary)
        step("run-kept")
        store.publish()
