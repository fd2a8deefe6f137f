"""Topics and items as ranking reads them: their texts, words and stems. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from veille.config import Topic
from veille.rank.words import Query, build_query, guess_language, split_words, stem_words

LANGUAGES = ("", "fr", "en")  # that have a scale of their own; "" stands for all texts
READ_CHARACTERS = 1000  # of a summary, for its words


@dataclass(frozen=True, slots=True)
class ItemText:
    """What ranking sees of an item. ``row`` is its row in the matrix of vectors, None without a vector."""

    item_id: str
    title: str
    summary: str = ""
    language: str | None = None
    source_id: str = ""
    section: str = "press"
    published_at: datetime | None = None
    first_seen_at: datetime | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story as ranking sees it: the texts of its members, at least one."""

    story_id: str
    texts: tuple[ItemText, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """An item's text, its folded words in order and their stems."""

    text: str
    words: list[str]
    stems: list[str]
    language: str  # fr or en, else empty


def read_text(item: ItemText) -> Reading:
    text = f"{item.title}. {item.summary[:READ_CHARACTERS]}"
    words = split_words(text)
    language = (item.language or guess_language(words) or "")[:2].lower()
    return Reading(text, words, stem_words(words, language), language if language in LANGUAGES else "")


def topic_text(topic: Topic) -> str:
    """What is embedded, as a query, for a topic: its name, description and keywords."""
    parts = (topic.name, topic.description, ", ".join(topic.keywords))
    return ". ".join(dict.fromkeys(part for part in parts if part))


def topic_query(topic: Topic) -> Query:
    """The words of a topic: those of its name and keywords count in full, its description's half."""
    return build_query((topic.name, 1.0), *((term, 1.0) for term in topic.keywords), (topic.description, 0.5))
