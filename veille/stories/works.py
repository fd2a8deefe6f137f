"""Whether two bibliographic records are of one work: its title, authors, year, venue and place together."""

from __future__ import annotations

import re

from veille.stories.reading import Facts
from veille.stories.titles import fold_title
from veille.values import Paper

_PLACE = re.compile(r"[a-z]*[1-9]\d*")
_JOURNAL = re.compile(
    r"\b(?:journals?|transactions|trans|revue|annals|annales|cahiers|bulletin|magazine|quarterly|j)\b", re.I
)
_MEETING = re.compile(
    r"\b(?:conf|conf[eé]rence|proc|proceedings|workshop|symposium|congress|congr[eè]s|colloque|actes|atelier|journ[eé]es)\b",
    re.I,
)
_PREPRINT = re.compile(r"arxiv|rxiv|\bhal\b|ssrn|preprint|prépublication", re.I)


def weigh_works(a: Facts, b: Facts) -> float:
    """Log-odds that two bibliographic records are of one work; more than 0 says that they are.

    The weights are those of a logistic regression over pairs of records of several bibliographic databases, each
    database counting the same, rounded to halves.
    """
    shared = len(a.grams & b.grams)
    evidence = -13.0 + 7.5 * alike(a, b)
    evidence += 6.5 * shared / min(len(a.grams), len(b.grams))
    authors = agree(a.authors, b.authors)
    evidence += 0.5 if authors is None else 3.0 * authors
    evidence -= 5.0 * max(0.0, 1 - min(a.specific, b.specific) / 4)
    if _sorts_of(a, b) == {"journal", "meeting"}:
        evidence -= 4.0  # the talk and the article that grew out of it are two works
    if a.year and b.year and a.year != b.year:
        versions = _is_preprint(a) or _is_preprint(b) or _is_one_printing(a, b)
        evidence -= 1.0 if versions and abs(a.year - b.year) == 1 else 4.0
    evidence += _compare(_place(a, "volume"), _place(b, "volume"), 1.0, -3.0)
    return evidence + _compare(_place(a, "pages"), _place(b, "pages"), 1.0, -2.5)


def _compare(one: str | None, other: str | None, same: float, different: float) -> float:
    return 0.0 if one is None or other is None else same if one == other else different


def _place(facts: Facts, name: str) -> str | None:
    """The first number of the volume or pages with its letters: ``s212`` of `S212-S216`."""
    found = _PLACE.search((getattr(facts.item.details, name, None) or "").lower())
    return found.group() if found else None


def _sorts_of(a: Facts, b: Facts) -> set[str]:
    """What sorts of publication the two are, as far as the names of their venues tell."""
    sorts = set()
    for venue in (_venue(a), _venue(b)):
        if bool(_JOURNAL.search(venue)) != bool(_MEETING.search(venue)):
            sorts.add("journal" if _JOURNAL.search(venue) else "meeting")
    return sorts


def _is_one_printing(a: Facts, b: Facts) -> bool:
    """A telling title, the same authors and one journal: online in one year, in print in the next.

    What recurs each year, such as the introduction to a part of a meeting, is another work each time.
    """
    venue = fold_title(_venue(a))
    if not venue or venue != fold_title(_venue(b)) or _MEETING.search(venue):
        return False
    return len(a.authors) >= 2 and a.authors == b.authors and a.title == b.title and a.specific >= 5


def _venue(facts: Facts) -> str:
    return getattr(facts.item.details, "venue", None) or ""


def _is_preprint(facts: Facts) -> bool:
    paper = facts.item.details
    return isinstance(paper, Paper) and bool(paper.is_preprint or _PREPRINT.search(paper.venue or ""))


def is_notice_of(a: Facts, b: Facts) -> bool:
    """A retraction or correction, often years later, elsewhere in the journal and signed by its editors."""
    notice, work = (a, b) if a.notice else (b, a)
    if min(a.specific, b.specific) < 3 or (notice.year and work.year and notice.year < work.year):
        return False
    return alike(a, b) >= 0.95


def alike(a: Facts, b: Facts) -> float:
    """Share of the titles' groups of letters that both have (Dice), 0 to 1."""
    return 2 * len(a.grams & b.grams) / (len(a.grams) + len(b.grams))


def agree(a: frozenset[str], b: frozenset[str]) -> float | None:
    """Share of the smaller set that the larger one has; None when one is empty."""
    return len(a & b) / min(len(a), len(b)) if a and b else None
