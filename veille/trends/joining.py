"""French and English phrases that mean the same. Pure.

They are one if all their words are cognates, in any order: the first four letters in common (Simard, Foster and
Isabelle 1992) and seven tenths of the longer word in common order (Melamed's ratio, 1999); of acronyms the same
letters (IA and AI). Or if the same stories tell both. Or if their vectors, where they can be had, are each other's
nearest by far once what all phrases of a language share is taken out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from veille.trends.candidates import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMMON_LETTERS = 0.7
TOLD_TOGETHER = 0.5  # of the stories of the rarer phrase, and of at least two
NEAR, APART = 0.5, 0.2  # cosine of centred vectors, and how far above the next: so stand translations, not neighbours
CENTRED_FROM = 8  # phrases of a language: fewer have no centre

Vectors = Mapping[str, "NDArray[np.float32]"]  # of unit length, by phrase as written


def pair_languages(stories: Mapping[Key, set[int]], labels: Mapping[Key, str], vectors: Vectors) -> dict[Key, Key]:
    """The counterpart of each phrase that has one, both ways; the surest pairs first, a phrase has at most one."""
    pairs = sorted(_find_pairs(stories, labels, vectors), key=lambda pair: (-pair[0], pair[1], pair[2]))
    partner: dict[Key, Key] = {}
    for _, french, english in pairs:
        if french not in partner and english not in partner:
            partner[french], partner[english] = english, french
    return partner


def _find_pairs(
    stories: Mapping[Key, set[int]], labels: Mapping[Key, str], vectors: Vectors
) -> Iterator[tuple[float, Key, Key]]:
    """French and English phrases that mean the same, and how sure that is."""
    by_start: dict[str, list[Key]] = defaultdict(list)
    by_story: dict[int, list[Key]] = defaultdict(list)
    for key in (key for key in stories if key[0] == "en"):
        for word in key[1:]:
            by_start[_start(word)].append(key)
        for position in stories[key]:
            by_story[position].append(key)
    for french in (key for key in stories if key[0] == "fr"):
        for english in dict.fromkeys(key for word in french[1:] for key in by_start[_start(word)]):
            if are_cognates(french[1:], english[1:]):
                yield 3.0, french, english
        together = Counter(key for position in stories[french] for key in by_story.get(position, ()))
        for english, shared in together.items():
            if shared >= 2 and shared >= TOLD_TOGETHER * min(len(stories[french]), len(stories[english])):
                yield 1.0 + shared / len(stories[french] | stories[english]), french, english
    yield from _find_nearest(stories, labels, vectors)


def _start(word: str) -> str:
    """What cognates have in common for certain."""
    return word[:4] if len(word) > 3 else "".join(sorted(word))


def are_cognates(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether each word of the one has its cognate in the other, in whatever order."""
    if len(one) != len(other):
        return False
    left = list(other)
    for word in one:
        match = next((candidate for candidate in left if _is_cognate(word, candidate)), None)
        if match is None:
            return False
        left.remove(match)
    return True


@lru_cache(maxsize=1 << 14)
def _is_cognate(one: str, other: str) -> bool:
    if one == other:
        return True
    if len(one) < 4:  # an acronym, its letters in the other language's order
        return sorted(one) == sorted(other)
    return one[:4] == other[:4] and _common(one, other) >= COMMON_LETTERS * max(len(one), len(other))


def _common(one: str, other: str) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for letter in one:
        before = 0
        for column, second in enumerate(other, 1):
            before, row[column] = row[column], before + 1 if letter == second else max(row[column], row[column - 1])
    return row[-1]


def _find_nearest(
    stories: Mapping[Key, set[int]], labels: Mapping[Key, str], vectors: Vectors
) -> Iterator[tuple[float, Key, Key]]:
    """Pairs whose vectors are each other's nearest in the other language, and near."""
    known = [key for key in sorted(stories) if labels[key] in vectors]
    french, english = ([key for key in known if key[0] == language] for language in ("fr", "en"))
    if min(len(french), len(english)) < CENTRED_FROM:
        return
    import numpy as np

    tables = [np.array([vectors[labels[key]] for key in keys]) for keys in (french, english)]
    centred = [table - table.mean(axis=0) for table in tables]
    one, other = (table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9) for table in centred)
    cosines = one @ other.T
    for row, column in enumerate(cosines.argmax(axis=1)):
        cosine = cosines[row, column]
        others = max(np.delete(cosines[row], column).max(), np.delete(cosines[:, column], row).max())
        if cosine >= max(NEAR, others + APART):
            yield float(cosine), french[row], english[column]
