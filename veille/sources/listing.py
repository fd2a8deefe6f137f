"""A source as a line of ``sources.yaml``: its id, its section, and the file with the line added, all else as it was."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import yaml
from pydantic import ValidationError

from veille.config import Section, Source
from veille.items.address import absolute_url, canonical_url
from veille.items.text import clean_text
from veille.sources.opml import Outline

SECTION_WORDS: Mapping[Section, str] = {
    "regulation": r"r[ée]glement|regulat|juridi|l[ée]gal|droit|\blaws?\b|officiel|official|minist|gouv|\bgov\b"
    r"|europa\.eu|policy|politique|qualiopi|cnil|legifrance",
    "research": r"recherche|research|\bscience|scientifi|journal of|revue|academic|arxiv|\bhal\b|hal\.science|papers?\b"
    r"|publications|th[èe]ses|openedition|universit[ée] press|literature",
    "moocs": r"mooc|courses?\b|\bcours\b|coursera|edx\b|catalogue",
    "events": r"salons?\b|[ée]v[ée]nement|\bevents?\b|conf[ée]ren|colloque|agenda|calend|webinai?r|expo\b",
    "technology": r"tech|outils|tools|program|develop|startup|logiciel|software|vendor|[ée]diteur|num[ée]rique|digital"
    r"|\bai\b|\bia\b|intelligence|open.?source|data\b|web\b|computer|informatique|elearning|e-learning|lms\b",
}
SECTION_OF_KIND: Mapping[str, Section] = {
    "courses": "moocs", "ical": "events", "events": "events", "page": "events",
    **dict.fromkeys(("hal", "openalex", "eric", "arxiv", "crossref", "oai", "doaj"), "research"),
}  # fmt: skip


def guess_section(*words: str) -> Section:
    """The section that these words (folder names, an address) speak of, the first that says one; press else."""
    for text in words:
        lowered = text.lower().strip()
        if lowered in ("press", "research", "technology", "regulation", "events", "moocs"):
            return lowered  # type: ignore[return-value]
        for section, pattern in SECTION_WORDS.items():
            if re.search(pattern, lowered):
                return section
    return "press"


def guess_section_of(kind: str, url: str) -> Section:
    """The section of a source: most kinds have one, a feed's is in its address."""
    return SECTION_OF_KIND.get(kind) or guess_section(url)


def build_id(title: str, url: str, taken: Iterable[str]) -> str:
    """A slug of the title, else of the host, that none has yet."""
    if re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", title) and len(title) <= 60:
        slug = title  # an id that was exported comes back as it was
    else:
        host = (urlsplit(url).hostname or "source").removeprefix("www.")
        first_part = re.split(r"\s[|–—·:-]\s|\s:\s", title)[0]
        slugs = (_slug(text) for text in (first_part if len(title) > 30 else title, title, _document_name(url), host))
        slug = next((slug for slug in slugs if len(slug) >= 2), "source")
    known = set(taken)
    numbered = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(known) + 2))
    return next(name for name in numbered if name not in known)


def _document_name(url: str) -> str:
    """The name of a published list or calendar, which has no title; empty for an address that has none."""
    name, _, ending = urlsplit(url).path.rpartition("/")[2].rpartition(".")
    is_list = ending in ("yml", "yaml", "json", "ics") and not re.fullmatch("feed|rss|atom|index|data|basic", name)
    return name if is_list else ""


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = ""
    for word in re.findall(r"[a-z0-9]+", plain):
        if slug and len(slug) + len(word) >= 40:
            break
        slug = f"{slug}-{word}"[:60] if slug else word[:60]
    return slug


def pick_new(
    outlines: Iterable[Outline], known: Sequence[Source], section: str | None = None
) -> tuple[list[tuple[str, Source]], list[dict[str, Any]]]:
    """The feeds that are not known yet, each with its title as (comment, source), and rows of what is left out.

    A left-out row has ``title``, ``url``, ``line`` and ``why``. ``section`` is for all of them; else folders tell it.
    """
    new: list[tuple[str, Source]] = []
    skipped: list[dict[str, Any]] = []
    by_address = {_ask_of(source): source.id for source in known}
    taken = {source.id for source in known}
    for outline in outlines:
        url = absolute_url(outline.url)
        source = url and _feed_of(outline, url, section, taken)
        if not source:
            why = "its address cannot be asked"
        elif same := by_address.get(_ask_of(source)):
            why = f"it is there already, as {same}"
        else:
            by_address[_ask_of(source)] = source.id
            taken.add(source.id)
            title = clean_text(outline.title, 100)
            new.append((title if title != source.id else "", source))
            continue
        skipped.append({"title": outline.title, "url": outline.url, "line": outline.line, "why": why})
    return new, skipped


def _feed_of(outline: Outline, url: str, section: str | None, taken: Iterable[str]) -> Source | None:
    language = (outline.language or "").lower().partition("-")[0]
    fields = {
        "id": build_id(outline.title, url, taken),
        "kind": "rss",
        "url": url,
        "section": section or guess_section(*reversed(outline.folders)),
        "language": language if re.fullmatch("[a-z]{2,3}", language) else None,
    }
    try:
        return Source.model_validate(fields)
    except ValidationError:
        return None


def find_same(sources: Iterable[Source], source: Source) -> Source | None:
    """The source that asks the same address in the same way, if there is one already."""
    return next((known for known in sources if _ask_of(known) == _ask_of(source)), None)


def find_repeated(sources: Iterable[Source]) -> list[tuple[Source, ...]]:
    """The enabled sources that ask the same address in the same way, together."""
    asking: dict[tuple[str, str], list[Source]] = {}
    for source in sources:
        if source.enabled:
            asking.setdefault(_ask_of(source), []).append(source)
    return [tuple(same) for same in asking.values() if len(same) > 1]


def _ask_of(source: Source) -> tuple[str, str]:
    asks = {name: value for name, value in source.options.items() if name in ("query", "set")}
    return canonical_url(source.url) if source.url else source.kind, json.dumps(asks, sort_keys=True)


def build_line(source: Source) -> str:
    """The source as one line of flow style, such as ``{id: blog, kind: rss, url: "https://…", section: press}``."""
    shown: dict[str, object] = {"id": source.id, "kind": source.kind}
    if source.url:
        shown["url"] = source.url
    shown["section"] = source.section
    if source.language:
        shown["language"] = source.language
    if not source.enabled:
        shown["enabled"] = False
    if source.options:
        shown["options"] = source.options
    return "{" + ", ".join(f"{name}: {_flow(value, name)}" for name, value in shown.items()) + "}"


def _flow(value: object, name: str = "") -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    # An id such as `2026` or `on` would be read as something else; JSON's strings are YAML's.
    plain = isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_-]*", value) and yaml.safe_load(value) == value
    return str(value) if plain and name != "url" else json.dumps(value, ensure_ascii=False)


def add_lines(text: str, lines: Sequence[tuple[str, str]]) -> str:
    """The file with these lines after the last source, each under its comment (if that is not empty).

    Nothing else in the text changes. Raises ValueError for a file whose list of sources has no end that can be found.
    """
    at, indent = _find_end(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    added = ""
    for comment, line in lines:
        if comment:
            added += f"{newline}{indent}# {comment}"
        added += f"{newline}{indent}- {line}"
    before, after = text[:at], text[at:]
    return before + added + (after or newline)


def _find_end(text: str) -> tuple[int, str]:
    """Where the line of the last source ends, and how its dash is indented."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        raise ValueError("the file has no `sources:`")
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    key, listed = next(((key, value) for key, value in pairs if key.value == "sources"), (None, None))
    if key is None or listed is None:
        raise ValueError("the file has no `sources:`")
    if isinstance(listed, yaml.ScalarNode) and not listed.value:
        return _line_end(text, key.end_mark.index), "  "
    if not isinstance(listed, yaml.SequenceNode) or listed.flow_style:
        raise ValueError("its sources are not a list with a line each")
    return _line_end(text, _last_mark(listed)), " " * listed.start_mark.column


def _last_mark(node: yaml.Node) -> int:
    """Where the last character of a node stands; a block's own end lies after the comments that follow it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _line_end(text: str, index: int) -> int:
    if index and text[index - 1] == "\n":  # a block scalar ends where the next line begins
        return len(text[:index].rstrip())
    end = text.find("\n", index)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" else end
