"""Titles folded to what sources have in common, and what in them numbers a telling among others."""

from __future__ import annotations

import re

from veille.rank.stopwords import STOP_WORDS
from veille.rank.words import split_words

BRACKETS = re.compile(r"\[[^\]]*\]|\((?:review|provisional[^)]*|abstract|preprint|vid[eé]o|podcast)\)", re.I)
# What happened to a work, said before or after its title. `Correction` alone is a word of many titles.
NOTICE = re.compile(
    r"^\W*(?:(?:author|publisher|editorial)'?s? )?(?:"
    r"(?:retract(?:ion|ed)|withdraw(?:n|al)|r[eé]tractation|corrigend(?:um|a)|errat(?:um|a)|expression of concern)"
    r"(?: (?:article|paper|note|notice))?(?: (?:to|for|of|on|à|de|sur)\b)?\W"
    r"|(?:corrections?|rectificatif)(?: (?:to|for|of|à|de)\b)?\s*[:«“\"'‘])\W*"
    r"|\W+(?:retracted|withdrawn|r[eé]tract[eé])\W*$",
    re.I,
)
GENERIC = frozenset(
    split_words(
        """editorial editoriaux introduction presentation preface foreword afterword avant propos prologue conclusion
        conclusions discussion discussions comment comments commentary commentaire reply response answer reponse letter
        letters lettre editor editors book books review reviews livre livres compte comptes rendu rendus note notes
        lecture lectures table ronde tables rondes panel index contents sommaire abstract abstracts resume resumes
        obituary memoriam news actualites agenda announcement announcements annonce special issue numero guest invited
        proceedings actes workshop session poster keynote tutorial message chair chairs column report rapport"""
    )
)
_ROMAN = re.compile(r"(?=[ivx])(x{0,3})(ix|iv|v?i{0,3})$")
_MONTHS = {
    name: f"month {number}"
    for number, names in enumerate(
        (
            "janvier january jan",
            "fevrier february feb fev",
            "mars march",
            "avril april avr apr",
            "mai may",
            "juin june",
            "juillet july juil jul",
            "aout august aug",
            "septembre september sept sep",
            "octobre october oct",
            "novembre november nov",
            "decembre december dec",
        ),
        start=1,
    )
    for name in names.split()
}
STOP = STOP_WORDS["fr"] | STOP_WORDS["en"]


def fold_title(title: str) -> str:
    """The words of a title in lower case without accents, without the brackets and notices that databases add."""
    bare = NOTICE.sub("", BRACKETS.sub(" ", title)) or title
    return " ".join(split_words(bare))


def is_notice(title: str) -> bool:
    """Whether it tells that a work was retracted or corrected, and is not the work."""
    return bool(NOTICE.search(title))


def find_counter(token: str) -> str | None:
    """What numbers this telling among others: digits, a month, a Roman numeral."""
    if token.isdigit():
        return token.lstrip("0") or "0"
    if token in _MONTHS:
        return _MONTHS[token]
    if len(token) > 1 and _ROMAN.match(token):
        return token
    return None
