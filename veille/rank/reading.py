"""Topics and items as ranking reads them: their texts, words and stems. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, product

from veille.config import Topic
from veille.items.address import find_site
from veille.rank.lexicon import translate
from veille.rank.words import Query, align_stems, build_query, find_content, guess_language, pair_of, split_words

LANGUAGES = ("", "fr", "en")  # that have a scale of their own; "" stands for all texts
READ_CHARACTERS = 1000  # of a summary, for its words
TRANSLATED = 0.7  # what a word's translation counts beside it
TOLD_AT_LEAST = 4  # words of a title before the name of its publisher
PARTLY = 0.5  # what a word of a description, or one of several in a keyword, counts
FULL_PAIRS = 2  # pairs of a text that count as much as a word each; those of a longer text share as much


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
    url: str = ""  # of the page that it leads to


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story as ranking sees it: the texts of its members, at least one."""

    story_id: str
    texts: tuple[ItemText, ...]

    @property
    def told_by(self) -> int:
        """How many tell it independently."""
        return count_independent((text.source_id, text.url) for text in self.texts)


@dataclass(frozen=True, slots=True)
class Reading:
    """An item's text, its folded words in order and their stems."""

    text: str
    words: list[str]
    aligned: list[str]  # the stem of each word, empty for function words
    stems: list[str]
    language: str  # fr or en, else empty
    publisher: str = ""  # named in the title; its words are not among the text's


def read_text(item: ItemText) -> Reading:
    """A title's words come first among the stems, and twice: what a title says, its text is about."""
    read = item.summary[:READ_CHARACTERS]
    told, publisher = part_title(item.title)
    title = split_words(told)
    words = title + split_words(read)
    language = (item.language or guess_language(words) or "")[:2].lower()
    aligned = align_stems(words, language or "en")
    headline = [*filter(None, aligned[: len(title)])]
    return Reading(
        f"{item.title}. {read}",
        words,
        aligned,
        [*headline, *filter(None, aligned)],
        language if language in LANGUAGES else "",
        publisher,
    )


def count_independent(told: Iterable[tuple[str, str]]) -> int:
    """How many tell a story independently of each other, from the source and the page's address of each telling.

    No more than there are sources, nor than there are sites: a page that comes by two feeds is told once, and so is
    what one site says in two languages.
    """
    told = list(told)
    sources = {source_id for source_id, _ in told}
    if len(sources) < 2:
        return len(sources)
    return min(len(sources), len({find_site(url) or source_id for source_id, url in told}))


def part_title(title: str) -> tuple[str, str]:
    """A title, and what stands behind its last bar where that is short: the name of who published it, which says what
    the site is about and not the text. A bar after a word or two sets off what kind of text it is."""
    told, bar, publisher = title.rpartition(" | ")
    named = bar and len(told.split()) >= TOLD_AT_LEAST and len(publisher) < len(told)
    return (told, publisher) if named else (title, "")


def topic_text(topic: Topic) -> str:
    """What is embedded, as a query, for a topic: its name and description, which say how its words belong together.

    Its keywords, looked for as they are written, would drown these: "ChatGPT, LLM" is any news of a model. They stand
    in for a missing description.
    """
    parts = (topic.name, topic.description or ", ".join(topic.keywords))
    return ". ".join(dict.fromkeys(part for part in parts if part))


def topic_query(topic: Topic, translated: bool = True) -> Query:
    """The words of a topic, what they are called in the other language, and its pairs of neighbouring words.

    Those of its name and keywords count in full, its description's half, and so does a word of a keyword of several,
    which beside the others counts as a pair; translations count for a little less. They are best left out where no
    vector tells which of a word's meanings is meant.
    """
    parts = ((topic.name, 1.0), *((term, 1.0) for term in topic.keywords), (topic.description, PARTLY))
    alone = ((term, PARTLY if len(split_words(term)) > 1 else 1.0) for term in topic.keywords)
    query = dict(word_query(parts[0], *alone, parts[-1], translated=translated))
    for text, weight in parts:
        asked = _find_meant(text, translated)
        share = weight * min(1.0, FULL_PAIRS / max(len(asked) - 1, 1))
        for (key, meant), (next_key, next_meant) in pairwise(asked):
            _add(query, share, ((pair_of(a, b),) for a in key for b in next_key))
            if meant or next_meant:
                both = list(product((*key, *meant), (*next_key, *next_meant)))  # word order turns with the language
                _add(query, share * TRANSLATED, ((pair,) for a, b in both for pair in (pair_of(a, b), pair_of(b, a))))
    return query


def word_query(*parts: tuple[str, float], translated: bool = True) -> Query:
    """The words of some texts with the weight beside each, and what they are called in the other language."""
    query = dict(build_query(*parts))
    for text, weight in parts:
        for key, meant in _find_meant(text, translated):
            _add(query, weight * TRANSLATED, ((one,) for one in meant if one not in key and key in query))
    return query


def _find_meant(text: str, translated: bool) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The stems of each word of a text that carries meaning, and those of its translations."""
    return [
        (key, translate(word) if translated else ()) for word in find_content(text) for key in build_query((word, 1.0))
    ]


def _add(query: dict[tuple[str, ...], float], weight: float, keys: Iterable[tuple[str, ...]]) -> None:
    for key in keys:
        query[key] = max(query.get(key, 0.0), weight)
