"""The command that measures quality on a labelled file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from veille.cli.asked import BAD_USAGE, DONE, Asked, NotDoneError, app
from veille.cli.tell import complain, progress, tell_json, tell_table
from veille.home import load_config

FEW = 10  # judged items of a topic, below which one verdict more changes any figure much


class Kind(StrEnum):
    stories = "stories"
    pairs = "pairs"
    ranking = "ranking"
    evidence = "evidence"
    language = "language"


@app.command("eval")
def evaluate_command(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What is measured.")],
    file: Annotated[Path, typer.Argument(help="The labelled file; docs/quality.md says its format.")],
    predictions: Annotated[Path | None, typer.Option(help="Write what was said here, a JSON line an item.")] = None,
    clicks: Annotated[int, typer.Option(min=0, help="Of a ranking: after so many simulated ratings a topic.")] = 0,
) -> int:
    """Quality figures on a labelled file, on the way that items take in a collection."""
    from veille.config import Embedding
    from veille.embed import ModelUnavailableError, open_embedder
    from veille.evaluate import MEASURES, Setting
    from veille.evaluate.labelled import LabelledFileError
    from veille.evaluate.vectors import RememberingEmbedder

    asked: Asked = context.obj
    if clicks and kind is not Kind.ranking:
        raise typer.BadParameter(f"--clicks is for rankings, not for {kind}")
    embedding = load_config(asked.home).embedding if asked.home_given else Embedding()
    try:
        with progress(quiet=asked.quiet) as bar:
            embedder = RememberingEmbedder(open_embedder(embedding))
            setting = Setting(embedder, asked.now, clicks, lambda done, of: bar("embedding", done, of))
            measured = MEASURES[kind](_load_text(file), setting)
    except LabelledFileError as error:
        complain(f"{file}: {error}")
        return BAD_USAGE
    except ModelUnavailableError as error:
        raise NotDoneError(str(error)) from error
    if predictions:
        _save_lines(predictions, measured.predictions)
    if asked.json:
        tell_json(measured.figures)
    else:
        _tell_figures(measured.figures)
    if kind is Kind.ranking and not asked.quiet:
        _complain_of_few(measured.figures)
    return DONE


def _load_text(file: Path) -> str:
    from veille.evaluate.labelled import LabelledFileError

    try:
        body = file.read_bytes()
    except OSError as error:
        raise LabelledFileError(f"cannot be read: {error.strerror or error}") from error
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise LabelledFileError(f"line {line}: not UTF-8: {error.reason}") from error


def _save_lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    try:
        file.write_text(lines, encoding="utf-8")
    except OSError as error:
        raise NotDoneError(f"{file}: the predictions cannot be written: {error.strerror or error}") from error


def _tell_figures(figures: Mapping[str, Any]) -> None:
    """The figures in one line; below it a line a class or topic, with nothing where there is no figure."""
    whole = {name: value for name, value in figures.items() if not isinstance(value, Mapping)}
    tell_table("", [whole], list(whole))
    for name, parts in figures.items():
        if isinstance(parts, Mapping) and parts:
            rows = [{name: part, **values} for part, values in parts.items()]
            tell_table("", rows, list(dict.fromkeys(column for row in rows for column in row)))


def _complain_of_few(figures: Mapping[str, Any]) -> None:
    few = [topic for topic, one in figures["topics"].items() if one["judged"] < FEW]
    if few:
        complain(f"With fewer than {FEW} judged items a figure says little: {', '.join(few)}.")
