"""What was rated, as a labelled file: the form that `veille eval ranking` reads (`veille.evaluate.labelled`)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from veille.config import Topic
from veille.export.values import Record
from veille.rank.learned import Verdicts


def build_labelled(topics: Sequence[Topic], records: Sequence[Record], marks: Verdicts) -> dict[str, Any]:
    """The labelled file: the topics, these items, and what is judged and relevant of each topic.

    A story is judged by the item that it is told by. Its other items count with it, as in a digest: they stand under
    ``stories``. Items of no judged story are there as what is usual, and judged for no topic.
    """
    judged = {story_id for stories in marks.values() for story_id in stories}
    told: dict[str, list[str]] = defaultdict(list)  # the items of each judged story, the one that it is told by first
    for record in sorted(records, key=lambda one: not one.leads):
        if record.story_id in judged:
            told[record.story_id].append(record.telling.item_id)

    def name_items(stories: Iterable[str]) -> list[str]:
        return [told[story_id][0] for story_id in stories if story_id in told]

    return {
        "topics": [_build_topic(topic) for topic in topics],
        "items": [_build_item(record) for record in records],
        "relevant": {
            topic_id: name_items(story_id for story_id, useful in stories.items() if useful)
            for topic_id, stories in marks.items()
        },
        "judged": {topic_id: name_items(stories) for topic_id, stories in marks.items()},
        "stories": {story_id: items for story_id, items in sorted(told.items()) if len(items) > 1},
    }


def _build_topic(topic: Topic) -> dict[str, Any]:
    return {"id": topic.id, **topic.model_dump(mode="json", exclude_defaults=True)}


def _build_item(record: Record) -> dict[str, str]:
    """What ranking reads of an item, and its day for whoever looks at the file. No source, no author, no rater."""
    telling = record.telling
    told_at = telling.published_at.isoformat() if telling.published_at else ""
    texts = {"title": telling.title, "summary": telling.summary, "language": telling.language or ""}
    return {"id": telling.item_id, **{name: text for name, text in {**texts, "published_at": told_at}.items() if text}}


def render_labelled(document: Mapping[str, Any]) -> str:
    """The file as JSON with a line for each topic and item and for what is said of each topic."""
    parts = (f"{_write(name)}: {_render_part(part)}" for name, part in document.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _render_part(part: Sequence[Any] | Mapping[str, Any]) -> str:
    if isinstance(part, Mapping):
        lines, ends = [f"{_write(name)}: {_write(value)}" for name, value in part.items()], "{}"
    else:
        lines, ends = [_write(value) for value in part], "[]"
    inner = ",".join(f"\n  {line}" for line in lines)
    return f"{ends[0]}{inner}\n{ends[1]}" if lines else ends


def _write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
