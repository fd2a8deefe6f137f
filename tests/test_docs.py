"""The documentation says what is: its queries run, its commands exist, its tables are complete, its links lead on."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import duckdb
import pytest
import typer
from pydantic import BaseModel

from tests.loopback import build_rss, open_web, write_home
from veille.cli import (  # noqa: F401 - they register their commands
    backup,
    export,
    look,
    run_command,
    setup,
    sources,
    work,
)
from veille.cli.asked import app, hoist_common
from veille.config import OrganisationFile, Source, SourcesFile
from veille.kinds import Kind
from veille.store import load_rows, open_published
from veille.values import FetchOutcome

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.fr.md"]
PAGES = [*READMES, *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE_COMMAND = re.compile(r"`(veille [^`]+)`")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


def read_blocks(page: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(page.read_text("utf-8")) if language in languages]


def read_commands(page: Path) -> list[str]:
    """Every `veille …` line of a page's console and shell blocks, without the prompt and the comment."""
    lines = [line.removeprefix("$ ") for block in read_blocks(page, "console", "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("veille ")]


def read_rows(page: Path) -> Iterator[list[str]]:
    """The cells of every table row of a page."""
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def resolve(line: str) -> tuple[str, Mapping[str, Any]]:
    """The command that a line calls and its values, read as the program reads them; raises for one that is not."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("veille", hoist_common(shlex.split(line, comments=True)[1:]))
    path: list[str] = []
    while hasattr(group, "resolve_command"):
        called, group, rest = group.resolve_command(context, [*context._protected_args, *context.args])
        path.append(called)
        context = group.make_context(called, rest, parent=context)
    return " ".join(path), context.params


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a little was collected and made into a digest."""
    folder = tmp_path_factory.mktemp("docs") / "home"
    shared = ("q1", "Qualiopi : le guide de lecture change", "Les organismes certifiés Qualiopi ont six mois.")
    with open_web() as web:
        web.pages["/a"] = build_rss(shared, ("c1", "CPF : le reste à charge augmente", "Le décret est paru."))
        web.pages["/b"] = build_rss(shared)
        web.pages["/down"] = 500
        write_home(folder, web, ["/a", "/b", "/down"])
        for command in (["collect", "--no-embed"], ["digest"]):
            assert run_command(["--home", str(folder), "-q", "--now", "2026-03-02T07:00+01:00", *command]) == 0
    return folder


QUERIES = [
    pytest.param(query, id=f"{name(page)}-{number}")
    for page in PAGES
    for number, query in enumerate(
        [
            *read_blocks(page, "sql"),
            *(shlex.split(line)[2] for line in read_commands(page) if line.startswith("veille sql ")),
        ],
        start=1,
    )
]


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_runs_in_any_client(query: str, home: Path) -> None:
    """A query of the documentation runs through `veille sql` and through DuckDB alone, with the same columns."""
    with open_published(home / "data") as connection:
        _, columns = load_rows(connection, query)
    with duckdb.connect(str(home / "data" / "veille.duckdb"), read_only=True) as plain:
        assert [column[0] for column in plain.execute(query).description] == columns


def test_there_are_queries_to_copy() -> None:
    """The page on querying has at least twelve."""
    assert len(read_blocks(ROOT / "docs" / "querying.md", "sql")) >= 12


def test_every_view_is_described_with_all_its_columns(home: Path) -> None:
    """The table of views is that of the database."""
    told = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[-1])) for row in read_rows(ROOT / "docs" / "querying.md")}
    with open_published(home / "data") as connection:
        rows, _ = load_rows(
            connection, "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'main'"
        )
    views: dict[str, set[str]] = {}
    for row in rows:
        views.setdefault(row["table_name"], set()).add(row["column_name"])
    assert told == views


def list_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of a file, as in `topics[].id`."""
    for field_name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or field_name}"
        inner = next(
            (one for one in (field.annotation, *get_args(field.annotation)) if is_model(one)), None
        )  # fmt: skip
        if inner is None:
            yield key
        else:
            yield from list_keys(inner, f"{key}{'' if is_model(field.annotation) else '[]'}.")


def is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def test_every_key_of_both_files_is_described() -> None:
    """The tables of keys are those of the models, no more and no less."""
    told = {row[0].strip("`") for row in read_rows(ROOT / "docs" / "operating.md")}
    keys = {*list_keys(OrganisationFile), *list_keys(SourcesFile)}
    assert keys >= {"organisation.name", "digests[].to", "sources[].id"}
    assert keys <= told
    assert {key for key in told if re.match(r"[a-z]+(\[\])?\.[a-z_]+$", key)} <= keys | {".env"}


def test_every_outcome_and_state_is_explained() -> None:
    """The page on operating has a row for each."""
    told = {row[0].strip("`") for row in read_rows(ROOT / "docs" / "operating.md")}
    states = {"ok", "empty", "stale", "failing", "gone", "new", "disabled"}
    assert {*get_args(FetchOutcome), *states, "sent", "retry", "refused", "suppressed"} <= told


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_exists(page: Path) -> None:
    """Each `veille …` in a block is a command with real options; each in the text begins like one."""
    for line in read_commands(page):
        resolve(line)
    known = {*list_commands(typer.main.get_command(app))}
    for line in INLINE_COMMAND.findall(page.read_text("utf-8")):
        words = [word for word in line.split()[1:] if re.fullmatch(r"[a-z]+", word)]
        assert not words or words[0] in known, line
        assert len(words) < 2 or words[0] != "sources" or f"sources {words[1]}" in known, line


def list_commands(group: Any, prefix: str = "") -> Iterator[str]:
    for called, command in group.commands.items():
        yield prefix + called
        if hasattr(command, "commands"):
            yield from list_commands(command, f"{prefix}{called} ")


def test_both_readmes_show_the_same_commands() -> None:
    """In the same order, with the same options; folders and questions may be translated."""

    def shown(page: Path) -> list[tuple[str, set[str]]]:
        return [
            (resolve(line)[0], {word for word in shlex.split(line) if word.startswith("-")})
            for line in read_commands(page)
        ]

    def others(page: Path) -> list[str]:
        blocks = "\n".join(read_blocks(page, "console", "sh"))
        return re.findall(r"^(?:PIP_\w+=<.*> )?(make \w+|sudo apt .*|\. \S+)", blocks, re.MULTILINE)

    english, french = READMES
    assert shown(english) == shown(french)
    assert others(english) == others(french)
    assert {"make demo", "make test"} <= {*others(english)}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """A link to a file of the repository finds it."""
    targets: Sequence[str] = LINK.findall(page.read_text("utf-8"))
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


def test_the_functions_of_a_kind_are_those_of_the_protocol() -> None:
    """The page on writing a source shows the parameters that a kind's functions have."""
    page = (ROOT / "docs" / "writing-a-source.md").read_text("utf-8")
    for function in (Kind.requests, Kind.parse):
        (shown,) = re.findall(rf"^def {function.__name__}\((.*)\) ->", page, re.MULTILINE)
        assert ["self", *re.findall(r"(\w+):", shown)] == [*inspect.signature(function).parameters]


def test_the_sources_of_the_example_are_valid() -> None:
    """The line that the READMEs say to add is one that the configuration takes."""
    import yaml

    for page in READMES:
        (line,) = re.findall(r"`- (\{id: .*\})`", page.read_text("utf-8"))
        Source.model_validate(yaml.safe_load(line))
