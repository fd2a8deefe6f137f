"""The commands that do the work: collect, digest, run, serve, demo."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from itertools import count
from typing import TYPE_CHECKING, Annotated, Any

import typer

from veille.alerts import counted_run
from veille.cli.asked import DONE, NOT_DONE, Asked, NotDoneError, app
from veille.cli.tell import complain, progress, tell, tell_json, tell_table
from veille.embed import ModelUnavailableError
from veille.home import hold_home, load_config
from veille.pipeline import Collected, Listener, collect, find_failure, find_unsent, make_digests
from veille.store import StoreError, open_store

if TYPE_CHECKING:
    from veille.issue import Issue

FETCH_COLUMNS = ("source_id", "outcome", "items_new", "items_changed", "items_seen", "seconds", "error")
ISSUE_COLUMNS = ("digest_id", "entries", "sent", "refused", "waiting", "suppressed", "path", "error")

SourceNames = Annotated[list[str] | None, typer.Option("--source", help="Only this source; repeat for more.")]
DigestNames = Annotated[list[str] | None, typer.Option("--digest", help="Only this digest; repeat for more.")]
Send = Annotated[bool, typer.Option("--send", help="Mail the digests to their recipients.")]


@app.command("collect")
def collect_command(
    context: typer.Context,
    source: SourceNames = None,
    no_embed: Annotated[bool, typer.Option("--no-embed", help="Leave the embedding to a later run.")] = False,
) -> int:
    """One collection pass, from fetch to trends; publishes data/veille.duckdb."""
    asked: Asked = context.obj
    collected = run_collect(asked, source or (), embed=not no_embed)
    if asked.json:
        tell_json(collected_json(collected))
    else:
        tell_collected(asked, collected)
    return NOT_DONE if collected.all_failed else DONE


@app.command("digest")
def digest_command(
    context: typer.Context,
    digest: DigestNames = None,
    send: Send = False,
    preview: Annotated[bool, typer.Option("--preview", help="Open them in the browser.")] = False,
) -> int:
    """Builds the digests of the week in reports/; --send mails them."""
    asked: Asked = context.obj
    issues = run_digest(asked, digest or (), send=send)
    if asked.json:
        tell_json({"digests": issues_json(issues)})
    else:
        tell_table("Digests", issues_json(issues), ISSUE_COLUMNS)
    if preview:
        open_pages(issues)
    return NOT_DONE if find_unsent(issues) else DONE


def open_pages(issues: Sequence[Issue]) -> None:
    """Open each issue's page in the browser, if there is one, and say where it lies."""
    for issue in issues:
        page = issue.path / "digest.html"
        opened = webbrowser.open(page.as_uri())
        complain(f"{'Opened' if opened else 'No browser could be opened; the page is'} {page}")


@app.command("run")
def run_command(context: typer.Context, source: SourceNames = None, send: Send = False) -> int:
    """Collects, then builds the digests, as a Prefect flow: what the schedule runs."""
    asked: Asked = context.obj
    with told_errors(), counted_run(asked.home, "run", asked.now) as attempt:
        load_config(asked.home)  # a mistake in a file is told before Prefect takes its seconds to start
        from flows.run import run_watch

        collected, issues = run_watch(asked.home, asked.now, only=source or (), send=send)
        failure = " ".join(filter(None, (find_failure(collected), find_unsent(issues))))
        if failure:
            attempt.fail(failure)
    if asked.json:
        tell_json({**collected_json(collected), "digests": issues_json(issues)})
    else:
        tell_collected(asked, collected)
        tell_table("Digests", issues_json(issues), ISSUE_COLUMNS)
    return NOT_DONE if failure else DONE


def run_collect(asked: Asked, only: Sequence[str], *, embed: bool) -> Collected:
    """One collection pass in the asked home, with its progress on a terminal."""
    with ExitStack() as stack:
        stack.enter_context(told_errors())
        attempt = stack.enter_context(counted_run(asked.home, "collect", asked.now))
        config = load_config(asked.home)
        stack.enter_context(hold_home(asked.home))
        store = stack.enter_context(open_store(asked.home.data))
        step = stack.enter_context(progress(quiet=asked.quiet))
        done = count(1)
        total = len(only) or sum(source.enabled for source in config.sources)
        listener = Listener(
            on_source=lambda _: step("sources", next(done), total),
            on_embedded=lambda embedded, of: step("texts", embedded, of),
        )
        collected = asyncio.run(
            collect(asked.home, config, store, asked.now, only=only, embed=embed, listener=listener)
        )
        if failure := find_failure(collected):
            attempt.fail(failure)
    return collected


def run_digest(asked: Asked, only: Sequence[str], *, send: bool) -> list[Issue]:
    """This week's digests of the asked home."""
    with told_errors(), counted_run(asked.home, "digest", asked.now) as attempt:
        config = load_config(asked.home)
        with hold_home(asked.home), open_store(asked.home.data) as store:
            issues = make_digests(asked.home, config, store, asked.now, only=only, send=send)
        if unsent := find_unsent(issues):
            attempt.fail(unsent)
    return issues


@contextmanager
def told_errors() -> Iterator[None]:
    """Our own errors end the command with their words; anything else is a bug and keeps its traceback."""
    from flows.server import ServerError

    try:
        yield
    except (StoreError, ModelUnavailableError, ServerError) as error:
        raise NotDoneError(str(error)) from error


def tell_collected(asked: Asked, collected: Collected) -> None:
    """A line a source, then what it all came to."""
    if not asked.quiet:
        rows = [asdict(fetch) for fetch in sorted(collected.fetches, key=lambda fetch: fetch.source_id)]
        tell_table("Sources", rows, FETCH_COLUMNS)
    tell(
        f"{collected.items_new} new and {collected.items_changed} changed items, {collected.stories_new} new stories"
        f" from {len(collected.fetches)} sources."
    )
    if collected.all_failed:
        complain("No source could be read: is this machine online? `veille sources check` tries each again.")


def collected_json(collected: Collected) -> dict[str, Any]:
    return {
        "sources": [asdict(fetch) for fetch in collected.fetches],
        "items_new": collected.items_new,
        "items_changed": collected.items_changed,
        "stories_new": collected.stories_new,
    }


def issues_json(issues: Sequence[Issue]) -> list[dict[str, Any]]:
    return [asdict(issue) for issue in issues]


@app.command("serve")
def serve_command(context: typer.Context) -> int:
    """Registers both schedules with Prefect and runs them; starts a Prefect server with its UI if none is set."""
    asked: Asked = context.obj
    with told_errors(), counted_run(asked.home, "serve", asked.now) as attempt:
        config = load_config(asked.home)
        from flows.serve import serve

        serve(asked.home, config, on_ready=attempt.succeed)
    return DONE


@app.command("demo")
def demo_command(context: typer.Context) -> int:
    """The whole pipeline on this machine without internet: a sample web, real HTTP, then the digest."""
    from veille.cli.demo import run_demo

    with told_errors():
        run_demo(context.obj)
    return DONE
