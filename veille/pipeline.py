"""The whole way of the data, stage by stage, for every caller: commands, Prefect flows, tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from veille.analyse import embed_new, embed_topics, update_scores, update_stories
from veille.collect import RunEach, collect_sources, open_collector, pick_sources, run_at_once
from veille.config import Config
from veille.embed import open_embedder
from veille.home import Home
from veille.issue import Issue, make_issues, pick_audiences, send_issues
from veille.store import Store
from veille.values import Fetch

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

    Raises `LookupError` for an unknown source and `veille.embed.ModelUnavailableError`; what was collected stands.
    """
    listener = listener or Listener()
    sources = pick_sources(config, only)
    store.sync_sources(config.sources, now)
    embedder = open_embedder(config.embedding)

    def on_done(fetch: Fetch) -> None:
        # Importing the model's libraries takes seconds, and goes on while the other sources answer.
        if embed and fetch.items_new + fetch.items_changed:
            embedder.warm_up()
        listener.on_source(fetch)

    try:
        async with open_collector(config, store, now, on_done) as collector:
            fetches = await collect_sources(collector, sources, run_each)
        collected = Collected(
            tuple(fetches),
            items_new=sum(fetch.items_new for fetch in fetches),
            items_changed=sum(fetch.items_changed for fetch in fetches),
        )
        if embed:
            embed_new(store, embedder, config.topics, listener.on_embedded)
        stories_new = update_stories(store, embedder.model, now)
        update_scores(store, config, embedder.model, now)
    finally:
        store.publish()
    return replace(collected, stories_new=stories_new)


def make_digests(
    home: Home, config: Config, store: Store, now: datetime, *, only: Sequence[str] = (), send: bool = False
) -> list[Issue]:
    """This week's digests, written and recorded, and sent if asked; published at the end.

    Raises `LookupError` for an unknown digest and `veille.embed.ModelUnavailableError`.
    """
    audiences = pick_audiences(config, only)
    store.sync_sources(config.sources, now)
    embedder = open_embedder(config.embedding)
    try:
        if store.has_vectors(embedder.model):
            embed_topics(store, embedder, config.topics)  # they may have been edited since the last collection
        issues = make_issues(home, config, store, embedder.model, audiences, now)
        if send:
            issues = list(send_issues(home, config, store, issues, now))
    finally:
        store.publish()
    return issues
