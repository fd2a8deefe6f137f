"""A text as sentences that can be quoted: where each begins and ends, and which part of the abstract it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Part = Literal["title", "background", "aim", "methods", "results", "conclusion", "text"]

READ_TITLE, READ_SUMMARY = 600, 6_000  # characters: what follows them is not an abstract any more

_HEADINGS: dict[Part, str] = {
    "background": "background|introduction|context|rationale|importance|contexte|problématique|état de l'art",
    "aim": "(?:study |main )?(?:aims?|objectives?|purpose|goals?|questions?)|research questions?|(?:the )?aim"
    "|objectifs?|but|buts",
    "methods": "(?:materials?|patients?|participants?|subjects?|sample|design|setting|data sources?|review methods?)"
    "(?:(?:,? and |, ?| & |/)[a-z]+){0,3}|(?:research |study )?methods?(?: and [a-z]+)?|methodology|study (?:design"
    "|selection)"
    "|research methods?/approach|methods/design|interventions?|main outcome measures?|eligibility criteria"
    "|data (?:extraction|synthesis)"
    "|méthodes?|méthodologie|matériels? et méthodes?|patients? et méthodes?|participants|procédure",
    "results": "(?:main |key )?(?:results?|findings)(?: and [a-z]+)?|résultats?(?: et [a-zé]+)?",
    "conclusion": "conclusions?(?:[/ ](?:and )?[a-z]+)?|discussions?(?: and [a-z]+)?|implications?|limitations?"
    "|interpretation|significance"
    "|conclusions? et [a-zé]+",
}
_HEADING = {part: re.compile(rf"(?:{words})\s*(?:[:.]|[-–—] )\s*", re.IGNORECASE) for part, words in _HEADINGS.items()}
_ABBREVIATED = frozenset({
    "al", "cf", "vs", "e.g", "i.e", "fig", "figs", "no", "nos", "vol", "pp", "p", "dr", "mr", "mrs", "ms", "prof",
    "st", "approx", "ca", "etc", "ed", "eds", "inc", "dept", "u.s", "u.k", "ph.d", "resp", "art", "chap", "env", "ex",
    "ibid", "m", "mme", "mlle", "n°", "op", "cit", "éd", "éds", "réf", "sect", "dir",
})  # fmt: skip
_BREAK = re.compile(
    r"[.!?…]{1,3}(?:\s?»|[\"'»”’)\]]{0,3})\s{1,9}(?=(?:«\s?|[\"'«“(\[]{0,2})[A-ZÀ-ÖØ-Þ0-9])|\n\s{0,9}\n"
    r"|\r?\n(?=\s{0,9}[-•A-ZÀ-Þ])"
)
_LAST_WORD = re.compile(r"([^\s(\[«“\"]{1,20})$")
_ALIKE = str.maketrans("‐‑‒–—−’‘ʼ\u00a0\u202f\u2009\t\n\r", "------'''      ")


@dataclass(frozen=True, slots=True)
class Sentence:
    """``quote`` stands in the title or summary as it is; ``plain`` is what cues are looked for in: of the same length,
    in lower case, with one kind of hyphen, apostrophe and space."""

    quote: str
    plain: str
    part: Part


def split_abstract(title: str, summary: str) -> list[Sentence]:
    """The title, whole, and the sentences of the summary, without their headings (`METHODS:`)."""
    title, summary = title[:READ_TITLE].strip(), summary[:READ_SUMMARY]
    found = [Sentence(title, plain_of(title), "title")] if title else []
    part: Part = "text"
    for quote in find_sentences(summary):
        part, quote = _read_heading(quote, part)
        if quote:
            found.append(Sentence(quote, plain_of(quote), part))
    return found


def find_sentences(text: str) -> Iterator[str]:
    """Each a substring of the text, in order. Abbreviations, initials and decimals do not end a sentence."""
    start = 0
    for end in _BREAK.finditer(text):
        if end[0][0] == "." and _is_abbreviated(text[max(start, end.start() - 24) : end.start()]):
            continue
        if sentence := text[start : end.end()].strip():
            yield sentence
        start = end.end()
    if sentence := text[start:].strip():
        yield sentence


def plain_of(text: str) -> str:
    text = text.translate(_ALIKE)
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _is_abbreviated(before: str) -> bool:
    last = _LAST_WORD.search(before)
    if last is None:
        return False
    word = last[1].lower()
    return word in _ABBREVIATED or (len(word) == 1 and word.isalpha() and last[1].isupper())


def _read_heading(quote: str, part: Part) -> tuple[Part, str]:
    for named, heading in _HEADING.items():
        found = heading.match(quote)
        if found and quote[0].isupper():
            return named, quote[found.end() :]
    return part, quote
