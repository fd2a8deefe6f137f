"""Labelled files, line by line: items as production would make them, and apart from them the gold labels. Pure.

A line is an item with ``id, title, summary, authors, year, venue, doi, language, published_at`` (what it has). What is
to be found out is never read into an item: only `veille.evaluate.figures` sees the gold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from veille.config import Source, Topic
from veille.items.entries import build_item
from veille.values import Item, ItemKind, Paper, short_hash

Row = Mapping[str, Any]

BASE = "https://labelled.example/"  # where labelled items stand, for production items all have an address


class LabelledFileError(ValueError):
    """A labelled file that cannot be measured; says where and what is wrong."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Items with their ids in the file, and the gold label of each."""

    ids: tuple[str, ...]
    items: tuple[Item, ...]
    gold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    pairs: tuple[tuple[Item, Item], ...]
    gold: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class LabelledRanking:
    """Topics over items. ``relevant`` and ``judged`` are rows of ``items``, by the topics' ids in the file; what is not
    judged for a topic is neither relevant to it nor not."""

    topic_ids: tuple[str, ...]
    topics: tuple[Topic, ...]  # in the same order, with ids of their own: the file's may be none that we take
    ids: tuple[str, ...]
    items: tuple[Item, ...]
    relevant: Mapping[str, frozenset[int]]
    judged: Mapping[str, frozenset[int]]  # all rows where the file names none
    stories: tuple[tuple[int, ...], ...]  # rows that are ranked as one; a row that the file names in none stands alone


def parse_stories(text: str, now: datetime) -> Labelled:
    """Items a line with their ``story``. Raises `LabelledFileError`, as all of these."""
    return _parse_items(text, now, "story")


def parse_evidence(text: str, now: datetime) -> Labelled:
    """Papers a line, an ``id``, a ``title`` and a ``summary``, with the ``design`` of their study."""
    return _parse_items(text, now, "design", kind="paper")


def parse_language(text: str, now: datetime) -> Labelled:
    """Texts a line, with their ``language``."""
    where, rows = zip(*_parse_lines(text), strict=True)
    items = [
        _build_item({"title": _read_text(row, "text", at, needed=True)}, at, f"{number}", f"text-{number}", now)
        for number, (at, row) in enumerate(zip(where, rows, strict=True))
    ]
    gold = [_read_text(row, "language", at, needed=True) for at, row in zip(where, rows, strict=True)]
    return Labelled(tuple(map(str, range(len(items)))), tuple(items), tuple(gold))


def parse_pairs(text: str, now: datetime) -> LabelledPairs:
    """``{"a": item, "b": item, "same": bool}`` a line: records of two sources, each of them once in its own."""
    pairs, gold = [], []
    known: dict[str, Item] = {}
    for at, row in _parse_lines(text):
        if not isinstance(row.get("same"), bool):
            raise LabelledFileError(f"{at}: `same` is {row.get('same')!r}, allowed are true and false")
        gold.append(row["same"])
        sides = []
        for side in ("a", "b"):
            if not isinstance(row.get(side), dict):
                raise LabelledFileError(f"{at}: `{side}` is {row.get(side)!r:.40}, expected is an item")
            name = short_hash(side, json.dumps(row[side], sort_keys=True))
            if name not in known:
                known[name] = _build_item(row[side], f"{at}: {side}", name, side, now)
            sides.append(known[name])
        pairs.append((sides[0], sides[1]))
    return LabelledPairs(tuple(pairs), tuple(gold))


def parse_ranking(text: str, now: datetime) -> LabelledRanking:
    """``topics``, as in organisation.yaml, ``items``, ``relevant`` and maybe ``judged``: topic id to item ids.

    Maybe also ``stories``: story id to the ids of the items that tell it.
    """
    document = _parse_json(text, 1)
    if not isinstance(document, dict):
        raise LabelledFileError("line 1: an object with `topics`, `items` and `relevant` is expected")
    topic_rows, item_rows = (_read_list(document, name) for name in ("topics", "items"))
    topics = [_build_topic(row, f"topics, entry {place}", place) for place, row in enumerate(topic_rows)]
    ids, items = [], []
    for place, row in enumerate(item_rows):
        at = f"items, entry {place}"
        ids.append(_read_text(row, "id", at, needed=True))
        items.append(_build_item(row, at, f"{place}", f"source-{place}", now))
    rows_of: dict[str, set[int]] = {}
    for place, name in enumerate(ids):
        rows_of.setdefault(name, set()).add(place)
    topic_ids = [_read_text(row, "id", f"topics, entry {place}", needed=True) for place, row in enumerate(topic_rows)]
    relevant = _read_marks(document, "relevant", topic_ids, rows_of, frozenset())
    judged = _read_marks(document, "judged", topic_ids, rows_of, frozenset(range(len(items))))
    stories = _read_stories(document, rows_of, len(items))
    return LabelledRanking(tuple(topic_ids), tuple(topics), tuple(ids), tuple(items), relevant, judged, stories)


def _parse_items(text: str, now: datetime, label: str, kind: ItemKind | None = None) -> Labelled:
    ids, items, gold = [], [], []
    for number, (at, row) in enumerate(_parse_lines(text)):
        ids.append(_read_text(row, "id", at, needed=True))
        gold.append(_read_text(row, label, at, needed=True))
        # Where each was found is not known, so each has a source of its own.
        items.append(_build_item(row, at, f"{number}", f"source-{number}", now, kind))
    return Labelled(tuple(ids), tuple(items), tuple(gold))


def _parse_lines(text: str) -> list[tuple[str, Row]]:
    """Where each line that is not empty is, and its object."""
    rows: list[tuple[str, Row]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            row = _parse_json(line, number)
            if not isinstance(row, dict):
                raise LabelledFileError(f"line {number}: found {line.strip():.40}, expected is a JSON object")
            rows.append((f"line {number}", row))
    if not rows:
        raise LabelledFileError("line 1: the file is empty")
    return rows


def _parse_json(text: str, first_line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise LabelledFileError(
            f"line {first_line + error.lineno - 1}, column {error.colno}: not JSON: {error.msg}"
        ) from error
    except RecursionError:
        raise LabelledFileError(f"line {first_line}: nested too deeply") from None


def _read_text(row: Row, name: str, at: str, *, needed: bool = False) -> str:
    value = row.get(name)
    if value is None or value == "":
        if needed:
            raise LabelledFileError(f"{at}: no `{name}`")
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise LabelledFileError(f"{at}: `{name}` is {value!r:.40}, expected is a text")
    return str(value)


def _read_list(document: Row, name: str) -> list[Row]:
    rows = document.get(name)
    if not isinstance(rows, list) or not rows:
        raise LabelledFileError(f"`{name}`: a list with at least one entry is expected")
    for place, row in enumerate(rows):
        if not isinstance(row, dict):
            raise LabelledFileError(f"{name}, entry {place}: found {row!r:.40}, expected is an object")
    return rows


def _read_marks(
    document: Row, name: str, topic_ids: Sequence[str], rows_of: Mapping[str, set[int]], default: frozenset[int]
) -> dict[str, frozenset[int]]:
    marks = document.get(name, {})
    if not isinstance(marks, dict) or (name == "relevant" and not marks):
        raise LabelledFileError(f"`{name}`: an object is expected, with a list of item ids for each topic id")
    if strangers := sorted(marks.keys() - set(topic_ids)):
        raise LabelledFileError(f"`{name}`: there is no topic {strangers[0]!r}")
    return {
        topic_id: frozenset(_find_rows(marks[topic_id], rows_of, f"{name}, {topic_id}"))
        if topic_id in marks
        else default
        for topic_id in topic_ids
    }


def _read_stories(document: Row, rows_of: Mapping[str, set[int]], rows: int) -> tuple[tuple[int, ...], ...]:
    """Every row in one story, stories in the order of their first rows."""
    named = document.get("stories", {})
    if not isinstance(named, dict):
        raise LabelledFileError("`stories`: an object is expected, with a list of item ids for each story id")
    first_of: dict[int, int] = {}
    for story_id, ids in named.items():
        told = sorted(set(_find_rows(ids, rows_of, f"stories, {story_id}")))
        if not first_of.keys().isdisjoint(told):
            raise LabelledFileError(f"stories, {story_id}: one of its items is in another story, too")
        first_of |= dict.fromkeys(told, told[0]) if told else {}
    stories: dict[int, list[int]] = {}
    for row in range(rows):
        stories.setdefault(first_of.get(row, row), []).append(row)
    return tuple(map(tuple, stories.values()))


def _find_rows(ids: Any, rows_of: Mapping[str, set[int]], at: str) -> Iterator[int]:
    if not isinstance(ids, list):
        raise LabelledFileError(f"{at}: found {ids!r:.40}, expected is a list of item ids")
    for one in ids:
        if str(one) not in rows_of:
            raise LabelledFileError(f"{at}: there is no item {one!r}")
        yield from rows_of[str(one)]


def _build_topic(row: Row, at: str, place: int) -> Topic:
    try:
        return Topic.model_validate({**row, "id": f"topic-{place}"})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise LabelledFileError(f"{at}: `{key}`: {first['msg']}") from error


def _build_item(row: Row, at: str, guid: str, source_id: str, now: datetime, kind: ItemKind | None = None) -> Item:
    """The item that a source would have told with these fields; of others, labels among them, nothing is read."""
    texts = {name: _read_text(row, name, at) for name in ("title", "summary", "doi", "language", "published_at")}
    venue, volume, pages = (_read_text(row, name, at) or None for name in ("venue", "volume", "pages"))
    year, authors = _read_text(row, "year", at), row.get("authors") or []
    if not isinstance(authors, list) or not all(isinstance(author, str) for author in authors):
        raise LabelledFileError(f"{at}: `authors` is {authors!r:.40}, expected is a list of names")
    is_paper = bool(kind == "paper" or authors or year or texts["doi"] or venue)
    return build_item(
        Source(id=source_id, kind="rss", url=BASE, section="research" if is_paper else "press"),
        guid=guid,
        url=BASE + guid,
        title=texts["title"],
        summary=texts["summary"],
        base=BASE,
        now=now,
        authors=authors,
        published=texts["published_at"] or None,
        language=texts["language"] or None,
        kind="paper" if is_paper else "article",
        identifiers={"doi": texts["doi"]} if texts["doi"] else None,
        details=Paper(venue, int(year) if year.isdecimal() else None, volume=volume, pages=pages) if is_paper else None,
    )
