"""Authors as sources name them, taken apart as references want them: last name, first names, or an organisation.

Sources say ``Inès Ben Salah``, ``Moreau, L.; Adeyemi, T.``, ``DURAND Paul`` or ``Ministère du Travail``. What does not
look like one person's name stays whole: a wrong cut is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from veille.render.clipping import clean_line

# Words that belong to the last name that follows them; written small they never are a first name.
PARTICLES = re.compile(
    r"(?:af|al|ap|av|bin|d[aeiou]|das|dal|dall|degli|dei|dela|dell[ae]|de[lnrs]|dos|e|el|ibn|las?|les?|los?|ten|ter|"
    r"the|til|van(?:der)?|ver|vom|von|y|zum?|zur)"
)
# Those that are part of it also with a capital, unless they come first.
JOINED = re.compile(r"(?:al|ben|bin|da|de|del|della|den|der|des|di|dos|du|el|ibn|la|les?|mac|st|saint|ten|ter|van|von)")
SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
# What organisations that sign are called, in French and English.
ORGANISATION = re.compile(
    r"\b(?:academ\w*|académie|agenc[ey]|association|bureau|cent(?:re|er)|chaire?|chambre|coll[eè]ge|comité|commission|"
    r"committee|conseil|consortium|council|d[eé]partement|department|direction|[eé]cole|editors?|education|équipe|"
    r"faculté|faculty|fédération|federation|fondation|foundation|formation|group|groupe|institut\w*|laborato\w+|media|"
    r"minist[eè]re|ministry|network|news|office|organi[sz]ation|press|presse|rédaction|research|r[eé]seau|school|"
    r"service|soci[eé]t[eéy]|staff|syndicat|team|union|universit\w+)\b",
    re.IGNORECASE,
)
BETWEEN = re.compile(r",?\s+(?:and|et|&)\s+", re.IGNORECASE)
INITIALS = re.compile(r"[A-ZÀ-Þ]|(?:[A-ZÀ-Þ][a-z]?\.[ -]?){1,4}")
DEGREE = re.compile(r",?\s+(?:ph\.?\s?d|ed\.?d|m\.?d|m\.?sc)\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """A person, or with ``last`` alone an organisation or a name that cannot be taken apart."""

    last: str
    first: str = ""
    suffix: str = ""  # Jr., III


def parse_names(authors: Sequence[str]) -> list[Name]:
    """The names behind these author fields, each of which may hold several; none twice."""
    names = (parse_name(part) for author in authors for part in _part(clean_line(author)))
    return list(dict.fromkeys(name for name in names if re.search(r"\w", name.last)))


def _part(author: str) -> Iterator[str]:
    """The persons in one field: between semicolons, between `and` where both sides are persons, or between commas."""
    for field in filter(None, re.split(r"\s*;\s*", author)):
        people = BETWEEN.split(field)
        for one in people if len(people) > 1 and all(map(_are_people, people)) else [field]:
            listed = _list(one)
            yield from listed if len(listed) > 1 and all(map(_is_person, listed)) else [one]


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _are_people(text: str) -> bool:
    """Persons between commas, or one as ``Last, First``."""
    listed = _list(text)
    turned = len(listed) == 2 and listed[1][:1].isupper() and not ORGANISATION.search(text)
    return turned or (bool(listed) and all(map(_is_person, listed)))


def _is_person(text: str) -> bool:
    """Two to four words, each with a capital or a particle: a given name and a family name."""
    words = text.split()
    return (
        2 <= len(words) <= 4
        and not ORGANISATION.search(text)
        and words[0][:1].isupper()
        and all(word[:1].isupper() or _is_particle(word) for word in words)
        and not all(INITIALS.fullmatch(word) for word in words)
        and not SUFFIX.fullmatch(words[-1])
    )


def _is_particle(word: str) -> bool:
    return bool(PARTICLES.fullmatch(word)) or word.startswith(("d'", "d’", "l'", "l’"))


def parse_name(text: str) -> Name:
    """One name: ``Last, First``, ``Last, Jr., First`` or ``First Last`` with its particles."""
    parts = _list(DEGREE.sub("", text))
    if len(parts) == 3 and SUFFIX.fullmatch(parts[1]):
        return Name(parts[0], parts[2], parts[1])
    if len(parts) == 3 and SUFFIX.fullmatch(parts[2]):
        return Name(*parts)
    if len(parts) == 2 and SUFFIX.fullmatch(parts[1]):
        return _turn(parts[0].split(), parts[1])
    if len(parts) == 2 and not ORGANISATION.search(text):
        return Name(*parts)
    words = parts[0].split() if parts else []
    if len(parts) != 1 or len(words) < 2 or _is_organisation(text, words):
        return Name(text)
    if len(words) > 2 and SUFFIX.fullmatch(words[-1]):
        return _turn(words[:-1], words[-1])
    return _turn(words)


def _is_organisation(text: str, words: Sequence[str]) -> bool:
    """A word that only organisations have, a figure, or a small word in it that is no particle."""
    small = [word for word in words if word.islower()]
    return bool(
        ORGANISATION.search(text)
        or re.search(r"\d|[&@/:()]", text)
        or any(not _is_particle(word) for word in small)
        or words[-1] in small
        or len(words) > 6
    )


def _turn(words: Sequence[str], suffix: str = "") -> Name:
    """The last word and the particles before it are the last name, unless initials or capitals say better."""
    if INITIALS.fullmatch(words[-1]) and not INITIALS.fullmatch(words[0]):  # `Dupont A.`
        start = min(n for n, word in enumerate(words) if INITIALS.fullmatch(word))
        return Name(" ".join(words[:start]), " ".join(words[start:]), suffix)
    shouted = [len(word) > 2 and word.isupper() and "." not in word for word in words]
    if shouted[0] and not shouted[-1]:
        end = shouted.index(False)
        return Name(" ".join(words[:end]), " ".join(words[end:]), suffix)
    start = len(words) - 1
    if shouted[-1] and not shouted[0]:
        start = max(n for n, loud in enumerate(shouted) if not loud) + 1
    while start > 1 and (_is_particle(words[start - 1]) or JOINED.fullmatch(words[start - 1].lower())):
        start -= 1
    return Name(" ".join(words[start:]), " ".join(words[:start]), suffix)
