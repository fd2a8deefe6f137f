"""YAML read with the line of every value, so that a mistake in a file can be pointed at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

MOST_BYTES = 2_000_000
DEEPEST = 50
MOST_VALUES = 200_000  # after aliases are followed: an alias bomb ends here

PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge")
)

# libyaml's, ten times as fast, where PyYAML was built with it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str | int, ...]


class YamlError(Exception):
    """The text is not YAML that we read; ``line`` counts from 1."""

    def __init__(self, line: int, key: str, found: str, allowed: str) -> None:
        super().__init__(f"line {line}: {found}")
        self.line, self.key, self.found, self.allowed = line, key, found, allowed


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values and, for each path into them, the line it stands on."""

    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of a path, or of its nearest ancestor that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse_yaml(body: bytes) -> Document:
    """Values and lines of one document.

    Raises `YamlError` for what is not UTF-8, not YAML, has tags, duplicate keys, or grows beyond reason.
    """
    if len(body) > MOST_BYTES:
        raise YamlError(1, "", f"a file of {len(body):,} bytes", f"at most {MOST_BYTES:,} bytes")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise YamlError(
            line, "", f"byte 0x{body[error.start]:02x}, which is not UTF-8", "text saved as UTF-8"
        ) from None
    try:
        _check_depth(text)
        node = yaml.compose(text, Loader=Loader)
        lines: dict[Path, int] = {(): 1}
        return Document(_value(node, (), lines) if node else None, lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 1, "", *_complaint(error, text)) from None
    except RecursionError:
        raise YamlError(1, "", "a value that contains itself", "values written out, without such aliases") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(line, "", f"the character {error.character!r}", "printable text") from None


def _check_depth(text: str) -> None:
    """Before anything recurses: libyaml's composer would overflow the stack, and take the process with it."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise YamlError(line, "", "values nested too deeply to read", "a few levels, as in the starter files")


def _complaint(error: yaml.MarkedYAMLError, text: str) -> tuple[str, str]:
    """What was found and what is allowed: a colon in a text is the commonest mistake, and the parser hides it."""
    mark = error.problem_mark
    line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
    if mark and line[mark.column : mark.column + 1] == ":":
        if ": " in line[: mark.column]:
            return 'a text with ": " in it', 'quotes around such a text, as in name: "Accessibilité : formations"'
        if "mapping values" in (error.problem or ""):
            return "a key that stands deeper than the one above it", "the keys of one thing at one depth"
    words = " ".join(part for part in (error.context, error.problem) if part)
    hint = "(is a quote or bracket unclosed, or a line indented with a tab?)"
    return f"{words} {hint}", "valid YAML (indent with spaces)"


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    line = node.start_mark.line + 1
    if len(lines) > MOST_VALUES:
        raise YamlError(line, render_path(path), "aliases that multiply", "values written out")
    if node.tag not in PLAIN_TAGS:
        raise YamlError(
            node.start_mark.line + 1, render_path(path), f"the tag {node.tag}", "plain values, no YAML tags"
        )
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, position), lines) for position, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    return _scalar(node, path)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, child in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        line = key_node.start_mark.line + 1
        if key in found:
            first = lines[(*path, key)]
            raise YamlError(
                line, render_path((*path, key)), f"the key {key!r} a second time (first on line {first})", "once"
            )
        found[key] = _value(child, (*path, key), lines)
        lines[(*path, key)] = line
    return found


def _scalar(node: yaml.Node, path: Path) -> Any:
    # A constructor of its own each time: SafeConstructor keeps state only for recursive values.
    try:
        if node.tag.endswith((":map", ":seq", ":merge")):
            raise ValueError("not what its tag says")
        value = yaml.SafeLoader("").construct_object(node)
    except (ValueError, LookupError, AttributeError, ArithmeticError) as error:
        why = f" ({error})" if isinstance(error, ValueError) else ""
        found = f"{str(node.value)[:80]!r}{why}"
        raise YamlError(node.start_mark.line + 1, render_path(path), found, "a value that exists, or quotes") from None
    return value


def render_path(path: Path) -> str:
    """``('sources', 3, 'url')`` as ``sources[3].url``."""
    words = ""
    for part in path:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
    return words
