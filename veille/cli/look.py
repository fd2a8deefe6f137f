"""The commands that look and change nothing: search, sql and status."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from veille.cli.asked import DONE, NOT_DONE, ONLY_NEAR, Asked, NotDoneError, app, parse_question
from veille.cli.process import limit_memory, limit_seconds
from veille.cli.tell import complain, listened, tell, tell_json, tell_table
from veille.home import load_config
from veille.store import PUBLISHED, StoreError, load_rows, open_published

QUERY_SECONDS = 60.0
QUERY_BYTES = 2 << 30
SEARCH_COLUMNS = ("score", "title", "source_id", "language", "published_at", "url")


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


@app.command("search")
def search_command(
    context: typer.Context,
    text: Annotated[list[str], typer.Argument(help="A question or some words, French or English.")],
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many stories.")] = 20,
) -> int:
    """Hybrid search, by meaning and by words, in all that was collected."""
    from veille.embed import ModelUnavailableError, open_embedder
    from veille.search import has_words, search

    asked: Asked = context.obj
    question = parse_question(" ".join(text))
    config = load_config(asked.home)
    try:
        with open_published(asked.home.data) as connection:
            rows = search(connection, open_embedder(config.embedding), question, limit)
    except (StoreError, ModelUnavailableError) as error:
        raise NotDoneError(str(error)) from error
    if rows and not has_words(rows):
        complain(ONLY_NEAR)
    if asked.json:
        tell_json(rows)
    elif rows:
        tell_table(f"« {question} »", rows, SEARCH_COLUMNS, config.organisation.zone)
    else:
        tell("Nothing found.")
    return DONE


@app.command("sql")
def sql_command(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="A query on the views, for example: SELECT * FROM stories LIMIT 5")],
    format: Annotated[Format, typer.Option(help="How rows are shown.")] = Format.table,
    timeout: Annotated[float, typer.Option(min=0.1, max=3600, help="At most so many seconds.")] = QUERY_SECONDS,
) -> int:
    """Read-only SQL on the published database, within bounds of time and memory."""
    asked: Asked = context.obj
    with limit_memory(QUERY_BYTES):
        rows, columns = load_published(asked, query, seconds=timeout)
    if asked.json or format is Format.json:
        tell_json(rows)
    elif format is Format.csv:
        _tell_csv(rows, columns)
    else:
        tell_table("", rows, columns)
    return DONE


def load_published(
    asked: Asked, query: str, *, seconds: float = QUERY_SECONDS
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows and columns of a query on the published database of the home. Raises `NotDoneError`."""
    try:
        with open_published(asked.home.data) as connection, limit_seconds(seconds, connection.interrupt):
            return load_rows(connection, query)
    except StoreError as error:
        if "Interrupted!" in str(error):
            raise NotDoneError(f"The query took longer than {seconds:g} s: --timeout gives it more.") from error
        raise NotDoneError(str(error)) from error


def _tell_csv(rows: list[dict[str, Any]], columns: list[str]) -> None:
    from veille.export.spreadsheet import defuse

    with listened():
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([defuse(value) if isinstance(value := row[column], str) else value for column in columns])


@app.command("status")
def status_command(context: typer.Context) -> int:
    """The store, the last runs, the sources by health, the next runs, and what should be looked at."""
    from veille.health import find_ages, find_problems, load_health

    asked: Asked = context.obj
    config = load_config(asked.home)
    health = load_health(asked.home)
    problems = [f"{what}: {advice}" for what, advice in find_problems(health, config, asked.now)]
    if health.unreadable and not asked.json:
        raise NotDoneError(health.unreadable)
    told: dict[str, Any] = {"store": {"path": str(asked.home.data / PUBLISHED)}, "sources": [], "runs": []}
    if not health.unreadable:
        told = load_status(asked)
    upcoming = {
        name: next_run(line, asked.now, config.organisation.timezone)
        for name, line in (("collect", config.schedule.collect), ("digest", config.schedule.digest))
    }
    if asked.json:
        ages = find_ages(health, asked.now)
        tell_json({"ok": not problems, "problems": problems, "ages": ages, **told, "next": upcoming})
        return NOT_DONE if health.unreadable else DONE
    zone = config.organisation.zone
    tell_table("Store", [told["store"]], list(told["store"]), zone)
    tell_table("Sources", told["sources"], ("state", "sources"))
    tell_table("Last runs", told["runs"], ("kind", "started_at", "finished_at", "exit_code"), zone)
    tell_table("Next runs", [{"run": name, "at": at} for name, at in upcoming.items()], ("run", "at"), zone)
    for problem in problems:
        complain(problem)
    return DONE


def load_status(asked: Asked) -> dict[str, Any]:
    """What the published database says of itself."""
    counts, _ = load_published(
        asked,
        """SELECT (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM stories) AS stories,
                  (SELECT count(*) FROM embeddings) AS vectors, (SELECT count(*) FROM digests) AS digests,
                  (SELECT max(started_at) FROM fetches) AS collected_at""",
    )
    sources, _ = load_published(
        asked, "SELECT state, count(*) AS sources FROM sources GROUP BY state ORDER BY sources DESC"
    )
    runs, _ = load_published(asked, "SELECT * FROM runs ORDER BY started_at DESC LIMIT 5")
    return {"store": {**counts[0], "path": str(asked.home.data / PUBLISHED)}, "sources": sources, "runs": runs}


def next_run(cron: str, now: datetime, timezone: str) -> datetime:
    """When a cron line, read in that time zone, comes next; in UTC."""
    from zoneinfo import ZoneInfo

    from croniter import croniter

    following: datetime = croniter(cron, now.astimezone(ZoneInfo(timezone))).get_next(datetime)
    return following.astimezone(UTC)
