"""A topic's name, said in full: all its words in one text, and better still side by side. Pure.

BM25 adds words up, so a text that says half of a name, often, comes near one that says all of it. But words that stand
together tell more than each does (term proximity: Metzler and Croft 2005), so a name that is said counts as a keyword
does, and needs nobody to list it: in stems, in either language, in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from veille.config import Topic
from veille.rank.lexicon import translate
from veille.rank.scales import find_rarity
from veille.rank.words import build_query, find_content

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

APART = 0.5  # of what a name says whose words do not stand side by side

Name = Sequence[frozenset[str]]
"""For each word of a name the stems that it may have in a text."""


def parse_name(topic: Topic, translated: bool = True) -> Name:
    """The words of a topic's name, as texts in French and in English have them.

    Without ``translated``, as they are written: where no vector tells which of a word's meanings is meant.
    """
    return [
        frozenset(chain(*build_query((word, 1.0)), translate(word) if translated else ()))
        for word in find_content(topic.name)
    ]


def find_named(documents: Sequence[Sequence[str]], names: Sequence[Name]) -> Table:
    """How far each text (row, its stems) says each name (column): 1 where neighbours in the name are neighbours in
    the text, `APART` where its words are only all there, else 0."""
    import numpy as np

    table = np.zeros((len(documents), len(names)), dtype=np.float32)
    begun: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        for stem in name[0] if name else ():
            begun.setdefault(stem, []).append(column)
    for row, document in enumerate(documents):
        if begun.keys().isdisjoint(document):
            continue
        said = set(document)
        for column in {one for stem in begun.keys() & said for one in begun[stem]}:
            if not any(map(said.isdisjoint, names[column])):
                table[row, column] = 1.0 if _stands_together(names[column], document) else APART
    return table


def find_name_shares(named: Table, weights: Table) -> list[float]:
    """The share of a collection that says each name; ``weights`` has what each of its texts counts."""
    return [round(float(mass) / (float(weights.sum()) or 1.0), 5) for mass in weights @ named]


def weigh_named(named: Table, shares: Sequence[float]) -> Table:
    """What names that are said (`find_named`) add to the fused z: the more, the smaller the share of the collection
    that says them."""
    import numpy as np

    return named * np.array([*map(find_rarity, shares)], dtype=np.float32)


def _stands_together(name: Name, document: Sequence[str]) -> bool:
    near = [*pairwise(document)]
    return all(
        any((a in one and b in other) or (b in one and a in other) for a, b in near) for one, other in pairwise(name)
    )
