"""The flow `watch`: one collection pass and then the digests, for a caller that holds the home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import collect, digest
from flows.naming import name_run
from veille.home import Home, load_config
from veille.store import open_store


@flow(name="watch", flow_run_name=name_run)
async def watch(home: str, now: datetime, only: Sequence[str] = (), send: bool = False) -> State[Any]:
    """Collects, then builds the digests and mails them if asked; the caller holds the home.

    The digests are made also when nothing could be collected: they tell of it. The run fails all the same.
    """
    where = Home(Path(home))
    config = load_config(where)
    with open_store(where.data) as store:
        collected = await collect.collect_in_batches(where, config, store, now, only)
        issues = await digest.make_digests(where, config, store, now, send=send)
    parts = [collect.tell_outcome(collected), digest.tell_outcome(issues)]
    end = Failed if any(part.is_failed() for part in parts) else Completed
    return end(message=" ".join(part.message or "" for part in parts), data=(collected, issues))
