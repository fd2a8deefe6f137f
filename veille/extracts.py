"""The sentences of a text that carry it for a topic, quoted as they stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from veille.evidence.sentences import Part, split_abstract
from veille.items.text import shorten
from veille.rank.words import Frequencies, Query, inverse_frequency, tokens

EXTRACT_CHARACTERS = 280
MOST_SENTENCES = 3
LEFT_OUT = " […] "
LEAST_WORTH = 0.5  # of the best sentence's: what is worth less is not quoted to fill the space
SHORT_WORDS = 4  # of meaning: fewer hardly make a sentence
HALF_TOPIC = 2.0  # found weight at which a sentence is half as topical as can be
WORTHS = {"topic": 1.0, "title": 0.5, "place": 0.5, "short": -0.5}
PARTS: dict[Part, float] = {"results": 1.0, "conclusion": 0.6, "aim": 0.1, "methods": -0.3, "background": -0.3}
FINDS = 0.8  # a paper's sentence that says what was found

# What a sentence of results says, in both languages; looked for in lower case.
_FOUND = re.compile(
    r"\b(?:results?|findings?|analys[ei]s)\b.{0,40}\b(?:show|indicat|suggest|reveal|demonstrat)"
    r"|\bwe (?:find|found|observe|show)|\bsignificant|\beffect size|\b(?:in|de)creased?\b|\bimproved\b"
    r"|\bwas associated\b|\bno (?:difference|effect|evidence)"
    r"|\brésultats?\b.{0,40}\b(?:montre|indique|suggère|révèle|soulign)"
    r"|\bnous (?:observons|montrons|constatons|trouvons)"
    r"|\bsignificati|\btailles? d['’]effet|\b(?:améliore|augmente|diminue|réduit)"
    r"|\b[dgr] ?= ?[-−]?\d?[.,]\d|\bp ?[<=] ?0?[.,]\d|\d ?%"
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    worth: float


def find_extract(
    text: str,
    language: str | None,
    query: Query,
    most_characters: int = EXTRACT_CHARACTERS,
    *,
    title: str = "",
    paper: bool = False,
    frequencies: Frequencies | None = None,
) -> str:
    """One to three sentences of a summary, within ``most_characters``, in their order, ``[…]`` where some are left out.

    ``text`` is a clean summary; ``query`` the topic's words (`veille.rank.reading.topic_query`), rarer ones worth more
    where ``frequencies`` are given. What repeats the ``title`` is skipped. Of a ``paper`` the sentences that say what
    was found come before all others. A text that fits is quoted whole; a first sentence too long for the space is cut
    between words. The same arguments give the same extract.
    """
    text = _without_title(text, title)
    if len(text) <= most_characters:
        return text
    sentences = _read(text, language, query, title, paper, frequencies)
    fitting = [one for one in sentences if one.end - one.start <= most_characters]
    if not fitting:
        return shorten(text, most_characters)
    ranked = sorted(fitting, key=lambda one: (-one.worth, one.start))
    chosen = [ranked[0]]
    for one in ranked[1:]:
        longer = sorted([*chosen, one], key=lambda sentence: sentence.start)
        if one.worth >= LEAST_WORTH * ranked[0].worth and len(_quote(text, longer)) <= most_characters:
            chosen = longer
        if len(chosen) == MOST_SENTENCES:
            break
    return _quote(text, chosen)


def _without_title(text: str, title: str) -> str:
    text, bare = text.strip(), title.strip().rstrip(" .…")
    return text[len(bare) :].lstrip(" .:–—-…") if bare and text.lower().startswith(bare.lower()) else text


def _read(
    text: str, language: str | None, query: Query, title: str, paper: bool, frequencies: Frequencies | None
) -> list[_Sentence]:
    """The sentences with their places in the text, and what each is worth."""
    title_words = set(tokens(title, language))
    found, end = list[_Sentence](), 0
    for place, sentence in enumerate(split_abstract("", text)):
        start = text.index(sentence.quote, end)
        end = start + len(sentence.quote)
        words = tokens(sentence.quote, language)
        worth = (
            WORTHS["topic"] * _topicality(set(words), query, frequencies)
            + WORTHS["title"] * len(title_words.intersection(words)) / (len(title_words) or 1)
            + WORTHS["place"] / (1 + place)
            + WORTHS["short"] * (len(words) < SHORT_WORDS)
        )
        if paper:
            worth += PARTS.get(sentence.part, 0.0) + FINDS * bool(_FOUND.search(sentence.plain))
        found.append(_Sentence(start, end, worth))
    return found


def _topicality(words: set[str], query: Query, frequencies: Frequencies | None) -> float:
    """From 0 to 1: how much of the query's weight is in these stems, with less and less return."""
    weight = sum(
        weight * (inverse_frequency(key, frequencies) if frequencies else 1.0)
        for key, weight in query.items()
        if not words.isdisjoint(key)
    )
    return weight / (weight + HALF_TOPIC)


def _quote(text: str, sentences: Sequence[_Sentence]) -> str:
    parts = [text[sentences[0].start : sentences[0].end]]
    for one, other in pairwise(sentences):
        apart = text[one.end : other.start].strip()
        parts += [LEFT_OUT if apart else " ", text[other.start : other.end]]
    return "".join(parts)
