"""The command that takes things out: references, a calendar, a feed, tables, what was rated.

What it needs is imported where it is needed: every command imports this module.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from veille.cli.asked import DONE, ONLY_NEAR, Asked, NotDoneError, app, parse_question
from veille.cli.tell import complain, tell_json
from veille.config import Config, UnknownNameError
from veille.home import load_config
from veille.store import StoreError, open_published

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know that a file is UTF-8
NEWEST_SHOWN = 5


class Format(StrEnum):
    bibtex = "bibtex"
    ris = "ris"
    csv = "csv"
    parquet = "parquet"
    ics = "ics"
    atom = "atom"
    labelled = "labelled"


class Kind(StrEnum):
    article = "article"
    paper = "paper"
    event = "event"
    course = "course"


# What a format is for, where nobody names a kind.
KINDS: dict[Format, Sequence[str]] = {
    Format.bibtex: ("paper",),
    Format.ris: ("paper",),
    Format.ics: ("event", "course"),
}


# What a format is written of, where that is not the items: what opens one, and what they are called.
WRITTEN: dict[Format, tuple[str, str]] = {
    Format.bibtex: (r"(?m)^@", "references"),
    Format.ris: (r"(?m)^TY  - ", "references"),
    Format.ics: (r"(?m)^BEGIN:VEVENT", "dates"),
    Format.atom: (r"<entry\b", "entries"),
}
ONE = {"items": "item", "references": "reference", "dates": "date", "entries": "entry"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: without any name, all of these kinds."""

    format: Format
    kinds: Sequence[str]
    digest: str | None
    topic: str | None
    search: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Export:
    """What is written, the ids of the items in it, and what else is to be told of it."""

    ids: Sequence[str]
    body: bytes
    told: Mapping[str, int] = field(default_factory=dict)


@app.command("export")
def export_command(
    context: typer.Context,
    format: Annotated[Format, typer.Argument(help="What to write.")],
    digest: Annotated[str | None, typer.Option(help="What one issue told: equipe-pedagogique-2026-W10.")] = None,
    topic: Annotated[str | None, typer.Option(help="What is relevant to this topic.")] = None,
    search: Annotated[str | None, typer.Option(help="What this search finds, by meaning and by words.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many stories of a search.")] = 20,
    kind: Annotated[
        list[Kind] | None,
        typer.Option(help="Only this kind of item; repeat for more (default: papers in bibtex and ris, else all)."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write (default: stdout).")] = None,
) -> int:
    """Exports what was collected, or one issue, a topic, a search: for Zotero, a spreadsheet, a calendar, a reader.

    labelled is what was rated, for `veille eval ranking`.
    """
    asked: Asked = context.obj
    if format is Format.parquet and output is None and sys.stdout.isatty():
        raise typer.BadParameter("parquet is no text for a terminal: name a file with --output, or redirect to one")
    if format is Format.labelled and (digest, topic, search, kind) != (None, None, None, None):
        raise typer.BadParameter("labelled is all that was rated: no issue, topic, search or kind narrows it")
    config = load_config(asked.home)
    kinds = [one.value for one in kind] if kind else KINDS.get(format, ())
    export = build_export(asked, config, Wanted(format, kinds, digest, topic, search, limit), output)
    if not export.ids:
        complain("Nothing matches: the export is empty.")
    elif export.told.get("judged") == 0:
        complain("Nothing is judged: rate some stories for the topics of organisation.yaml, `veille rate ITEM useful`.")
    if output is None:
        sys.stdout.buffer.write(export.body)
        return DONE
    save_export(output, BYTE_ORDER_MARK.encode() + export.body if format is Format.csv else export.body)
    written, name = count_written(export, format)
    if asked.json:
        counts = {"items": len(export.ids), name: written, **export.told}
        tell_json({"format": format.value, **counts, "path": str(output.resolve())})
    elif not asked.quiet:
        complain(f"{written} {ONE[name] if written == 1 else name} in {output}{word_told(export.told)}")
    return DONE


def count_written(export: Export, format: Format) -> tuple[int, str]:
    """How many entries a file has, and what they are: several items may tell one work or one story."""
    if format not in WRITTEN:
        return len(export.ids), "items"
    opening, name = WRITTEN[format]
    return len(re.findall(opening, export.body.decode("utf-8"))), name


def word_told(told: Mapping[str, int]) -> str:
    """What else is to be told of an export, behind how many items it has."""
    if not told:
        return ""
    apart = f"; {told['left_out']} left out, of a topic that is gone or with raters even" if told["left_out"] else ""
    return f": {told['judged']} judgements, {told['useful']} of them useful{apart}"


def build_export(asked: Asked, config: Config, wanted: Wanted, output: Path | None) -> Export:
    """The items that match. DuckDB may write one file, in a folder of its own, and no other."""
    from veille.store.exports import save_parquet

    beside = (output.parent if output else asked.home.data).resolve()
    try:
        with ExitStack() as stack:
            scratch = None
            if wanted.format is Format.parquet:
                scratch = Path(stack.enter_context(TemporaryDirectory(prefix=".export-", dir=beside))) / "rows.parquet"
            connection = stack.enter_context(open_published(asked.home.data, may_write=scratch))
            if wanted.format is Format.labelled:
                return build_labelled_export(connection, config)
            ids = find_items(connection, config, wanted)
            if scratch is None:
                return Export(ids, render(connection, config, wanted, ids).encode("utf-8"))
            save_parquet(connection, ids, scratch)
            return Export(ids, scratch.read_bytes())
    except StoreError as error:
        raise NotDoneError(str(error)) from error
    except OSError as error:
        raise NotDoneError(f"{beside}: cannot be written to ({error.strerror}); name a file with --output") from error


def build_labelled_export(connection: DuckDBPyConnection, config: Config) -> Export:
    """What was rated, for `veille eval ranking`, beside the items that scales are fitted on.

    What was said of a topic that the configuration no longer has is left out, and what raters are even on.
    """
    from veille.analyse import SAMPLE
    from veille.export.labelled import build_labelled, render_labelled
    from veille.rank.learned import settle_ratings
    from veille.store.exports import load_measured_ids, load_ratings, load_records

    ratings = load_ratings(connection)
    settled = settle_ratings(ratings, of="story_id")
    marks = {topic.id: dict(sorted(settled.get(topic.id, {}).items())) for topic in config.topics}
    stories = sorted({story_id for judged in marks.values() for story_id in judged})
    ids = load_measured_ids(connection, stories, SAMPLE)
    document = build_labelled(config.topics, load_records(connection, ids, {}), marks)
    judged, useful = (sum(map(len, document[name].values())) for name in ("judged", "relevant"))
    said = len({(one.story_id, one.topic_id) for one in ratings})
    told = {"judged": judged, "useful": useful, "left_out": said - judged}
    return Export(ids, render_labelled(document).encode("utf-8"), told)


def find_items(connection: DuckDBPyConnection, config: Config, wanted: Wanted) -> list[str]:
    """Ids of the items that were asked for, in order."""
    from veille.store.exports import load_item_ids

    check_names(connection, config, wanted.digest, wanted.topic)
    stories = None if wanted.search is None else find_stories(connection, config, wanted.search, wanted.limit)
    return load_item_ids(
        connection, kinds=wanted.kinds, digest_id=wanted.digest, topic_id=wanted.topic, story_ids=stories
    )


def find_stories(connection: DuckDBPyConnection, config: Config, text: str, limit: int) -> list[str]:
    """Ids of the stories that the hybrid search finds, best first."""
    from veille.embed import ModelUnavailableError, open_embedder
    from veille.search import has_words, search

    try:
        rows = search(connection, open_embedder(config.embedding), parse_question(text), limit)
    except ModelUnavailableError as error:
        raise NotDoneError(str(error)) from error
    if rows and not has_words(rows):
        complain(ONLY_NEAR)
    return [row["story_id"] or row["item_id"] for row in rows]


def check_names(connection: DuckDBPyConnection, config: Config, digest: str | None, topic: str | None) -> None:
    """Raises `UnknownNameError` for an issue or a topic that is not there."""
    from veille.store.exports import load_known

    digests, topics = load_known(connection)
    topics = list(dict.fromkeys([*(one.id for one in config.topics), *topics]))
    if digest is not None and digest not in digests:
        newest = ", ".join(digests[:NEWEST_SHOWN]) or "none yet, run `veille digest`"
        raise UnknownNameError(f"No issue is called {digest}; the newest are: {newest}.")
    if topic is not None and topic not in topics:
        raise UnknownNameError(f"No topic is called {topic}; there are: {', '.join(topics)}.")


def name_export(config: Config, wanted: Wanted) -> str:
    """What a calendar or a feed of it is called."""
    from veille.wording import say

    names = {one.id: one.name for one in config.topics}
    topic = names.get(wanted.topic, wanted.topic) if wanted.topic else None
    whole = say(config.organisation.language, "export_all", organisation=config.organisation.name)
    return " · ".join(part for part in (whole, wanted.digest, topic, wanted.search) if part)


def render(connection: DuckDBPyConnection, config: Config, wanted: Wanted, ids: Sequence[str]) -> str:
    """These items in a format that is text."""
    from veille.export.atom import build_feed, render_atom
    from veille.export.bibtex import render_bibtex
    from veille.export.ics import render_ics
    from veille.export.ris import render_ris
    from veille.export.spreadsheet import render_csv
    from veille.store.exports import load_records, load_table

    if wanted.format is Format.csv:
        return render_csv(*load_table(connection, ids))
    language = config.organisation.language
    records = load_records(connection, ids, {topic.id: topic.name for topic in config.topics})
    if wanted.format is Format.bibtex:
        return render_bibtex(records, language)
    if wanted.format is Format.ris:
        return render_ris(records, language)
    if wanted.format is Format.ics:
        return render_ics(records, language, name_export(config, wanted))
    return render_atom(build_feed(records, name_export(config, wanted), config.organisation.name, language))


def save_export(path: Path, body: bytes) -> None:
    """All of it or nothing: what was there stays until the new file is whole."""
    new = path.with_name(path.name + ".new")
    try:
        new.write_bytes(body)
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise NotDoneError(f"{path}: cannot be written ({error.strerror}); name another file with --output") from error
