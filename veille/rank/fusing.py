"""All that is read of a text for a topic in one number, the fused z: for what the background is fitted to, and for
what is ranked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import TYPE_CHECKING

from veille.config import Topic
from veille.rank.scales import STEEPNESS, THRESHOLD, find_rarity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

WORDS_WEIGHT = 1.0
WORDS_ALONE = 1.2  # weight of words where an item has no vector
ECHO_WEIGHT = 1.5
KEYWORD_WEIGHT = 1.5  # of a listed keyword, beside a name that is said
MOST_KEYWORD = 4.0  # fused z that keywords and the name add at most
USUAL_SHARE = 0.08  # of a collection that reaches the threshold for a topic: then the prior adds nothing
FEW = 20  # texts that such a share is believed with, before any is read
MOST_PRIOR = 2.0  # fused z


def fuse(meaning: Table, words: Table, echo: Table, keywords: Table) -> Table:
    """All evidence in one z, a text a row and a topic a column; ``meaning`` is NaN where a text has no vector.

    An echo counts no further than what is said outright: else a text would be about whatever its neighbours are about.
    """
    import numpy as np

    said = np.where(np.isnan(meaning), WORDS_ALONE * words, meaning + WORDS_WEIGHT * words) + keywords
    fused: Table = said + np.float32(ECHO_WEIGHT) * np.minimum(echo, said.clip(0, None))
    return fused


def weigh_keywords(
    found: Sequence[set[str]], topics: Sequence[Topic], shares: Mapping[str, float], naming: Table
) -> Table:
    """What the keywords ``found`` in each text add to the fused z: a rare one much, one that half the collection has
    little; and with them, what the names that it says add (``naming``)."""
    import numpy as np

    bonus = np.zeros((len(found), len(topics)), dtype=np.float32)
    for term, listed in columns_of({topic.id: topic.keywords for topic in topics}).items():
        rows = [row for row, terms in enumerate(found) if term in terms]
        bonus[np.ix_(rows, listed)] += KEYWORD_WEIGHT * find_rarity(shares.get(term, 0.0))
    weighed: Table = np.minimum(bonus + naming, np.float32(MOST_KEYWORD))
    return weighed


def columns_of(terms: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """The places of the topics that list each term; ``terms`` are the topics' lists in their order."""
    columns: dict[str, list[int]] = {}
    for column, listed in enumerate(terms.values()):
        for term in dict.fromkeys(listed):
            columns.setdefault(term, []).append(column)
    return columns


def find_priors(fused: Table) -> list[float]:
    """What each topic (column) is to be given beforehand, in fused z, by how much of the collection is about it.

    Bayes' rule: the odds that a text is about a topic are what the text says for it times the odds before it was read.
    A source that a topic was subscribed for makes it likely, and a topic that the collection hardly has needs clearer
    words. ``fused`` has a row for each text of a sample of the collection.
    """
    reached = (fused >= THRESHOLD).sum(axis=0).tolist() if len(fused) else [0] * fused.shape[1]
    shares = [(count + FEW * USUAL_SHARE) / (len(fused) + FEW) for count in reached]
    priors = [log(share / USUAL_SHARE) / STEEPNESS for share in shares]
    return [round(min(max(prior, -MOST_PRIOR), MOST_PRIOR), 4) for prior in priors]
