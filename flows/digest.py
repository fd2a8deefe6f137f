"""The flow `digest`: this week's digests, written, shown in Prefect, and sent if asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.collect import hold_when_free
from flows.naming import name_run
from veille import pipeline
from veille.alerts import counted_run
from veille.backup import back_up_weekly
from veille.config import Config
from veille.home import Home, HomeHeldError, load_config
from veille.issue import Issue
from veille.sending import find_late, send_issues
from veille.store import Store, open_store

RETRY_SECONDS = [300.0, 900.0, 3600.0]


class MailWaitingError(Exception):
    """Messages are left that the mail server did not take; the ledger knows which."""


@flow(name="digest", flow_run_name=name_run)
async def digest(
    home: str, send: bool = False, now: datetime | None = None, only: Sequence[str] = (), wait_seconds: float = 0
) -> State[Any]:
    """Builds this week's digests of a home, or those named, and mails them if asked.

    Only sending is tried again, with the home let go in between; a message that was accepted is never sent twice.
    """
    where, now = Home(Path(home)), now or datetime.now(UTC).replace(microsecond=0)
    with counted_run(where, "digest", now, held_is_failure=True) as attempt:
        config = load_config(where)
        async with hold_when_free(where, wait_seconds):
            with open_store(where.data) as store:
                issues = await make_digests(where, config, store, now, only)
        if send:
            try:
                issues = await send_digests(where, config, issues, now, wait_seconds)
            except MailWaitingError as error:
                attempt.fail(str(error))
                return Failed(message=str(error))
        if unsent := pipeline.find_unsent(issues):
            attempt.fail(unsent)
    return tell_outcome(issues)


@task(name="digests", task_run_name="digests", cache_policy=NO_CACHE)
async def make_digests(
    home: Home, config: Config, store: Store, now: datetime, only: Sequence[str] = (), send: bool = False
) -> list[Issue]:
    """The pipeline's digests inside a flow run, and each as an artifact."""
    issues = pipeline.make_digests(home, config, store, now, only=only, send=send)
    for issue in issues:
        await acreate_markdown_artifact(
            key=f"digest-{issue.audience}".replace("_", "-"),
            markdown=build_markdown(issue, (issue.path / "digest.txt").read_text("utf-8")),
            description=f"{issue.digest_id}: {issue.entries} entries",
        )
    return issues


def is_worth_a_retry(_task: object, _run: object, state: State[Any]) -> bool:
    """Time helps against a mail server that is away and against a held home, and against nothing else."""
    return isinstance(state.data, MailWaitingError | HomeHeldError)


@task(
    name="send",
    task_run_name="send",
    cache_policy=NO_CACHE,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=is_worth_a_retry,
)
async def send_digests(
    home: Home, config: Config, issues: Sequence[Issue], now: datetime, wait_seconds: float = 0
) -> list[Issue]:
    """One attempt to mail what is left of these issues and of earlier ones of theirs.

    Raises `MailWaitingError` when something still is.
    """
    audiences = config.pick_audiences([issue.audience for issue in issues]) if issues else []
    async with hold_when_free(home, wait_seconds):
        with open_store(home.data) as store:
            try:
                late = find_late(home, config, store, audiences, now)
                sent = list(send_issues(home, config, store, [*issues, *late], now))
            finally:
                store.publish()
            back_up_weekly(home, config, store, now, anew=any(issue.sent for issue in sent))
    if any(issue.waiting for issue in sent):
        raise MailWaitingError(describe_issues(sent))
    return sent


def build_markdown(issue: Issue, text: str) -> str:
    """The digest's text as it is, under a link to its page."""
    page = (issue.path / "digest.html").as_uri()
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", text))])
    return f"{issue.entries} entries · [{page}]({page})\n\n{fence}text\n{text.rstrip()}\n{fence}\n"


def describe_issues(issues: Sequence[Issue]) -> str:
    """A sentence a digest: its entries, what became of its messages, and what went wrong."""
    return " ".join(_describe(issue) for issue in issues)


def _describe(issue: Issue) -> str:
    counts = {
        "entries": issue.entries,
        "sent": issue.sent,
        "refused": issue.refused,
        "waiting": issue.waiting,
        "suppressed": issue.suppressed,
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count or what == "entries")
    return f"{issue.digest_id}: {said}." + (f" {issue.error}" if issue.error else "")


def tell_outcome(issues: Sequence[Issue]) -> State[Any]:
    """The state that a run ends in, with the issues as its data."""
    end = Failed if any(issue.error and not issue.sent for issue in issues) else Completed
    return end(message=describe_issues(issues), data=issues)
