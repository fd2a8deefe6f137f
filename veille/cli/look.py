"""The commands that look and change nothing: search, sql and status."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from veille.cli import DONE, Asked, NotDoneError, app
from veille.cli.tell import tell, tell_json, tell_table
from veille.home import load_config
from veille.store import StoreError, load_rows, open_published

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
    from veille.search import search

    asked: Asked = context.obj
    config = load_config(asked.home)
    try:
        with open_published(asked.home.data) as connection:
            rows = search(connection, open_embedder(config.embedding), " ".join(text), limit)
    except (StoreError, ModelUnavailableError) as error:
        raise NotDoneError(str(error)) from error
    if asked.json:
        tell_json(rows)
    elif rows:
        tell_table(f"« {' '.join(text)} »", rows, SEARCH_COLUMNS)
    else:
        tell("Nothing found.")
    return DONE


@app.command("sql")
def sql_command(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="A query on the views, for example: SELECT * FROM stories LIMIT 5")],
    format: Annotated[Format, typer.Option(help="How rows are shown.")] = Format.table,
) -> int:
    """Read-only SQL on the published database."""
    asked: Asked = context.obj
    rows, columns = load_published(asked, query)
    if asked.json or format is Format.json:
        tell_json(rows)
    elif format is Format.csv:
        _tell_csv(rows, columns)
    else:
        tell_table("", rows, columns)
    return DONE


def load_published(asked: Asked, query: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows and columns of a query on the published database of the home. Raises `NotDoneError`."""
    try:
        with open_published(asked.home.data) as connection:
            return load_rows(connection, query)
    except StoreError as error:
        raise NotDoneError(str(error)) from error


def _tell_csv(rows: list[dict[str, Any]], columns: list[str]) -> None:
    from veille.export.spreadsheet import defuse

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([defuse(value) if isinstance(value := row[column], str) else value for column in columns])


@app.command("status")
def status_command(context: typer.Context) -> int:
    """The store, the last runs, the sources by health, and the next runs."""
    asked: Asked = context.obj
    config = load_config(asked.home)
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
    upcoming = {
        name: next_run(line, asked.now, config.organisation.timezone)
        for name, line in (("collect", config.schedule.collect), ("digest", config.schedule.digest))
    }
    store = {**counts[0], "path": str(asked.home.data / "veille.duckdb")}
    if asked.json:
        tell_json({"store": store, "sources": sources, "runs": runs, "next": upcoming})
        return DONE
    tell_table("Store", [store], list(store))
    tell_table("Sources", sources, ("state", "sources"))
    tell_table("Last runs", runs, ("kind", "started_at", "finished_at", "exit_code"))
    tell_table("Next runs", [{"run": name, "at": at} for name, at in upcoming.items()], ("run", "at"))
    return DONE


def next_run(cron: str, now: datetime, timezone: str) -> datetime:
    """When a cron line, read in that time zone, comes next; in UTC."""
    from zoneinfo import ZoneInfo

    from croniter import croniter

    following: datetime = croniter(cron, now.astimezone(ZoneInfo(timezone))).get_next(datetime)
    return following.astimezone(UTC)
