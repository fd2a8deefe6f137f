"""From the bytes of a home's two files to a valid `Config`, or to every problem in them at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from veille.config import KINDS_WITH_DEFAULT_URL, OPTIONS, Config, Model, OrganisationFile, SourcesFile
from veille.config.positions import Document, Path, YamlError, parse_yaml, render_path

ORGANISATION_FILE = "organisation.yaml"
SOURCES_FILE = "sources.yaml"
MOST_TOLD = 100  # problems at once: a file of another kind has one a line
WORDS = {
    "model_type": "keys and values, each on a line of its own",
    "dict_type": "keys and values, each on a line of its own",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "text: in quotes where it looks like a number, a date, or yes or no",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file; ``line`` counts from 1."""

    file: str
    line: int
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: {self.key}: " if self.key else f"{self.file}:{self.line}: "
        return f"{where}found {self.found}; allowed: {self.allowed}"


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` has every reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        more = [f"… and {len(problems) - MOST_TOLD:,} more"] if len(problems) > MOST_TOLD else []
        super().__init__("\n".join([*map(str, problems[:MOST_TOLD]), *more]))
        self.problems = tuple(problems)


def parse_config(organisation: bytes, sources: bytes) -> Config:
    """Both files as one valid configuration; raises `ConfigError` with every problem of both."""
    parts, problems = [], []
    for name, body, model in (
        (ORGANISATION_FILE, organisation, OrganisationFile),
        (SOURCES_FILE, sources, SourcesFile),
    ):
        try:
            document = parse_yaml(body)
        except YamlError as error:
            problems.append(Problem(name, error.line, error.key, error.found, error.allowed))
            continue
        value = {} if document.value is None else document.value
        problems += _find_problems(name, document, value, model)
        parts.append(value)
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.file, problem.line)))
    return Config.model_validate({**parts[0], **parts[1]})


def _find_problems(file: str, document: Document, value: Any, model: type[Model]) -> list[Problem]:
    found: dict[tuple[int, str], Problem] = {}
    for path, what, allowed in [*_shape_problems(value, model), *_meaning_problems(value)]:
        line, key = document.line(path), render_path(path)
        before = found.get((line, key))
        if before and before.found == what and allowed not in before.allowed:
            allowed = f"{before.allowed}, or {allowed}"
        found[line, key] = Problem(file, line, key, what, allowed)
    return list(found.values())


def _shape_problems(value: Any, model: type[Model], prefix: Path = ()) -> Iterator[tuple[Path, str, str]]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            if details["type"] == "too_short" and details["input"]:
                continue  # its rows are all invalid, and each is reported
            yield _describe(details, value, model, prefix)


def _describe(details: ErrorDetails, value: Any, model: type[Model], prefix: Path) -> tuple[Path, str, str]:
    path = _existing(details["loc"], value, missing=details["type"] == "missing")
    whole = (*prefix, *path)
    context = details.get("ctx", {})
    if details["type"] == "missing":
        return whole, "nothing", "a value: it is required"
    if details["type"] == "extra_forbidden":
        return whole, f"an unknown key {path[-1]!r}", _allowed_keys(model, path)
    if details["type"] == "literal_error":
        return whole, _quote(details["input"]), str(context["expected"]).replace("'", "")
    if details["type"] == "string_pattern_mismatch":
        return whole, _quote(details["input"]), _pattern_words(str(context["pattern"]))
    if (words := WORDS.get(details["type"])) is not None:
        return whole, _quote(details["input"]), words
    allowed = details["msg"].removeprefix("Input should be ").replace("tuple", "list")
    return whole, _quote(details["input"]), allowed[:1].lower() + allowed[1:]


def _existing(loc: Sequence[int | str], value: Any, *, missing: bool) -> Path:
    """The part of pydantic's location that the file has: it also names union branches and key types."""
    path: list[int | str] = []
    for part in loc:
        try:
            value = value[part]
        except (LookupError, TypeError):
            return (*path, part) if missing else tuple(path)
        path.append(part)
    return tuple(path)


def _allowed_keys(model: type[BaseModel], path: Path) -> str:
    for part in path[:-1]:
        if isinstance(part, str):
            model = next(_models_in(model.model_fields[_field_name(model, part)].annotation), model)
    keys = [field.alias or name for name, field in model.model_fields.items()]
    close = difflib.get_close_matches(str(path[-1]), keys, 1)
    return (f"{close[0]}? One of: " if close else "") + (", ".join(keys) or "no options for this kind")


def _field_name(model: type[BaseModel], key: str) -> str:
    return next(name for name, field in model.model_fields.items() if key in (name, field.alias))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _pattern_words(pattern: str) -> str:
    if "[-_]" in pattern:
        return "lower-case letters and digits, joined by - or _"
    if r"\d{4}" in pattern:
        return "a date: 2025, 2025-03 or 2025-03-31"
    return "a language code such as fr or en"


def _quote(value: object) -> str:
    text = "nothing" if value is None else str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _meaning_problems(value: Any) -> Iterator[tuple[Path, str, str]]:
    """What no single field shows: ids used twice, topics that do not exist, terms that count and veto, options of a
    kind, missing addresses."""
    if not isinstance(value, dict):
        return
    for key in ("topics", "digests", "sources"):
        yield from _repeated_ids(key, _rows(value, key))
    for position, row in _rows(value, "topics"):
        yield from _vetoed_keywords(position, row)
    topics = {row["id"] for _, row in _rows(value, "topics") if isinstance(row.get("id"), str)}
    for position, row in _rows(value, "digests"):
        asked = row.get("topics", "all")
        for place, topic in enumerate(asked if isinstance(asked, list) else []):
            if isinstance(topic, str) and topic not in topics:
                yield (
                    ("digests", position, "topics", place),
                    f"the topic {topic!r}, which is not defined",
                    "all, or a list of: " + ", ".join(sorted(map(str, topics))),
                )
    for position, row in _rows(value, "sources"):
        yield from _source_problems(position, row)


def _rows(value: Mapping[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    rows = value.get(key)
    return [(n, row) for n, row in enumerate(rows) if isinstance(row, dict)] if isinstance(rows, list) else []


def _repeated_ids(key: str, rows: Sequence[tuple[int, dict[str, Any]]]) -> Iterator[tuple[Path, str, str]]:
    seen: dict[object, int] = {}
    for position, row in rows:
        name = row.get("id")
        if isinstance(name, str) and seen.setdefault(name, position) != position:
            first = render_path((key, seen[name]))
            yield (key, position, "id"), f"{name!r} a second time (first at {first})", "an id used once"


def _vetoed_keywords(position: int, row: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    keywords, exclude = ([_fold(term) for term in _listed(row, key)] for key in ("keywords", "exclude"))
    for place, term in enumerate(exclude):
        if term in keywords:
            path = ("topics", position, "exclude", place)
            first = render_path(("topics", position, "keywords", keywords.index(term)))
            yield path, f"{row['exclude'][place]!r}, which counts as a keyword ({first})", "a term in one of the two"


def _listed(row: Mapping[str, Any], key: str) -> list[Any]:
    terms = row.get(key)
    return terms if isinstance(terms, list) else []


def _fold(term: object) -> str:
    return " ".join(str(term).casefold().split())


def _source_problems(position: int, row: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    kind = row.get("kind")
    options = OPTIONS.get(kind) if isinstance(kind, str) else None
    if options is None:
        return
    if kind not in KINDS_WITH_DEFAULT_URL and not row.get("url"):
        yield ("sources", position, "url"), "nothing", f"an address: the kind {kind} needs one"
    given = row.get("options", {})
    if isinstance(given, dict):
        yield from _shape_problems(given, options, ("sources", position, "options"))
