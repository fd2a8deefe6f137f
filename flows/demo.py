"""The demo's weeks as Prefect runs: a collection on some mornings, a digest on Mondays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Any

from flows.run import open_api
from veille.demo.weeks import Step
from veille.home import Home
from veille.issue import Issue
from veille.pipeline import Collected


def run_weeks(
    home: Home,
    steps: Iterable[Step],
    *,
    before: Callable[[Step], None],
    after: Callable[[Step, Collected | list[Issue]], None],
) -> None:
    """Run each step as a flow, one after the other; what a step raises ends the demo."""
    with open_api(home):
        asyncio.run(_run_weeks(home, steps, before, after))


async def _run_weeks(
    home: Home,
    steps: Iterable[Step],
    before: Callable[[Step], None],
    after: Callable[[Step, Any], None],
) -> None:
    from flows.collect import collect
    from flows.digest import digest

    for step in steps:
        before(step)
        now = step.at.astimezone(UTC)
        if step.does == "collect":
            state: Any = await collect(str(home.path), now, return_state=True)
        else:
            state = await digest(str(home.path), True, now, return_state=True)
        result = await state.result(raise_on_failure=False)
        if isinstance(result, BaseException):
            raise result
        after(step, result)
