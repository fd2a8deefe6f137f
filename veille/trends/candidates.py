"""The phrases that a title may hold. Pure.

One to three words that stand between function words, punctuation and words that every headline uses; the small words
that hold a phrase together may stay inside it (« contrat d'apprentissage », “internet of things”).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from veille.rank.stopwords import STOP_WORDS
from veille.rank.words import fold, guess_language, stem
from veille.trends.headlines import ARTICLES, BARE, EMPTY, HOLDS
from veille.trends.weeks import Title

LONGEST = 3  # words of meaning

Key = tuple[str, ...]  # a language and stems
Standing = Literal["name", "alone", "part"]  # how a phrase stands in a title: as a name, between function words, or not

APOSTROPHES = ("'", "’")
_TOKEN = re.compile(r"[^\W_]+(?:[-‑][^\W_]+)*[+#]*|['’]|[^\w\s]")


@dataclass(slots=True)
class _Reading:
    """A title, token by token."""

    text: str
    language: str
    tokens: list[str]
    spans: list[tuple[int, int]]
    folded: list[str]
    full: list[bool]  # whether a token carries a meaning
    opens: list[bool]  # and whether a phrase may begin or end with it


def find_candidates(title: Title) -> Iterator[tuple[Key, str, Standing]]:
    """The phrases that a title may hold: language and stems, how it writes them, and how they stand in it."""
    matches = list(_TOKEN.finditer(title.text))
    tokens = [match[0] for match in matches]
    folded = [_fold(token) for token in tokens]
    language = (title.language or guess_language(folded) or "en")[:2].lower()
    if language not in STOP_WORDS:
        return
    full = [_carries(word, language) for word in folded]
    opens = [carries and _opens(word, language) for word, carries in zip(folded, full, strict=True)]
    reading = _Reading(title.text, language, tokens, [match.span() for match in matches], folded, full, opens)
    cased = _is_cased(reading)
    for first, may_open in enumerate(opens):
        if may_open:
            yield (language, _stem(folded[first], language)), tokens[first], _stands(reading, first, cased)
            yield from _grow(reading, first)


def _is_cased(reading: _Reading) -> bool:
    """Whether capitals say something: not where Most Words Have One."""
    capitals = [token[0].isupper() for token, carries in zip(reading.tokens, reading.full, strict=True) if carries]
    return sum(capitals) <= max(2, 0.5 * len(capitals))


def _grow(reading: _Reading, first: int) -> Iterator[tuple[Key, str, Standing]]:
    """The candidates of several words that begin with this token."""
    language, holds = reading.language, HOLDS[reading.language]
    key = [language, _stem(reading.folded[first], language)]
    for last in range(first + 1, len(reading.folded)):
        word = reading.folded[last]
        if reading.full[last]:
            key.append(_stem(word, language))
            if reading.opens[last]:
                yield tuple(key), reading.text[reading.spans[first][0] : reading.spans[last][1]], "part"
            if len(key) > LONGEST:
                return
        elif word not in holds and word not in APOSTROPHES:
            return


def _stands(reading: _Reading, at: int, cased: bool) -> Standing:
    """How a single word stands in its title."""
    folded, full, token = reading.folded, reading.full, reading.tokens[at]
    if not token[1:].islower() or (at and cased and token[0].isupper()):
        return "name"
    before, after = folded[at - 1] if at else "", folded[at + 1] if at + 1 < len(folded) else ""
    if before in APOSTROPHES and at > 1:
        before = folded[at - 2]
    part = (at and full[at - 1]) or (after and full[at + 1]) or after in HOLDS[reading.language] or before in BARE
    # In French a noun by itself has its article; what has none is a verb, or a heading between stops.
    loose = reading.language == "fr" and before not in ARTICLES and (before.isalnum() or after.isalnum())
    return "part" if part or loose else "alone"


_fold = lru_cache(maxsize=1 << 14)(fold)


@lru_cache(maxsize=1 << 14)
def _carries(word: str, language: str) -> bool:
    """A word with a meaning of its own."""
    return len(word) > 1 and word[0].isalnum() and not word[0].isdigit() and word not in STOP_WORDS[language]


@lru_cache(maxsize=1 << 14)
def _opens(word: str, language: str) -> bool:
    return word not in EMPTY[language] and word.removesuffix("s") not in EMPTY[language]


@lru_cache(maxsize=1 << 14)
def _stem(word: str, language: str) -> str:
    return stem(re.sub("[-‑]", "", word), language)
