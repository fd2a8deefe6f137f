"""The tenor of a text: which topics all its words together lean to, where little speaks for one outright. Pure.

What the whole collection got teaches what each of its commoner words says for a topic, and against it: Rocchio's
relevance feedback (1971) from scores instead of judgements, with the words of what lies below the usual counting
against. Read back from the words, scores are smoother: texts in like words get like ones (score regularisation, Diaz
2005). It orders what little speaks for; it neither makes a text relevant nor moves one that is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from math import log
from typing import TYPE_CHECKING

from veille.rank.scales import THRESHOLD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

WORDS = 2_000  # stems, the commonest of those ...
IN_AT_LEAST = 3  # ... that so many texts have, and not half of all
SHARE = 0.7  # of what is read from the words, in a text that nothing else speaks for ...
FEW = 60  # ... and half of it where as many texts taught
AT_ONCE = 1_000  # texts, whose words take 8 MB


@dataclass(frozen=True, slots=True)
class Tenor:
    """What words say for topics. ``shifts[topic] + weights[topic]·words`` is the fused z that they let expect."""

    share: float = 0.0
    idf: Mapping[str, float] = field(default_factory=dict)  # stem to its inverse document frequency
    weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # by topic id, a stem of ``idf`` each
    shifts: Mapping[str, float] = field(default_factory=dict)  # by topic id


def fit_tenor(documents: Sequence[Sequence[str]], fused: Table, topic_ids: Sequence[str]) -> Tenor:
    """What the words of these texts (each its stems) say for each topic (column of ``fused``, a text a row).

    What is read from the words of these texts has the mean and the spread of their fused z.
    """
    import numpy as np

    idf = _find_idf(documents)
    if not idf:
        return Tenor()
    table = weigh_words(documents, idf)
    usual, spread = fused.mean(axis=0), fused.std(axis=0)
    weights = table.T @ ((fused - usual) / (spread + 1e-6))
    said = table @ weights
    scale = spread / (said.std(axis=0) + 1e-6)
    shifts = usual - scale * said.mean(axis=0)
    columns = np.round((weights * scale).astype(np.float64), 6).T.tolist()
    return Tenor(
        share=round(SHARE * len(documents) / (len(documents) + FEW), 6),
        idf=idf,
        weights={topic_id: tuple(column) for topic_id, column in zip(topic_ids, columns, strict=True)},
        shifts={topic_id: round(float(shift), 6) for topic_id, shift in zip(topic_ids, shifts, strict=True)},
    )


def lean(fused: Table, documents: Sequence[Sequence[str]], topic_ids: Sequence[str], tenor: Tenor) -> Table:
    """The fused z of texts (rows) for topics (columns), moved towards what their words let expect.

    The more the farther below the threshold; what is above it stays where it is, and nothing gets there.
    """
    import numpy as np

    if not tenor.share or not topic_ids:
        return fused
    weights = np.array([tenor.weights[topic_id] for topic_id in topic_ids], dtype=np.float32).T
    shifts = np.array([tenor.shifts[topic_id] for topic_id in topic_ids], dtype=np.float32)
    parts = [
        weigh_words(documents[start : start + AT_ONCE], tenor.idf) @ weights
        for start in range(0, len(documents), AT_ONCE)
    ]
    expected = np.minimum(np.concatenate(parts) + shifts, np.float32(THRESHOLD))
    doubt = np.float32(tenor.share) * np.clip(1 - fused / np.float32(THRESHOLD), 0, 1)
    leant: Table = fused + doubt * (expected - fused)
    return leant


def _find_idf(documents: Sequence[Sequence[str]]) -> dict[str, float]:
    """The inverse document frequency of the commonest stems that several texts have, and not half of all."""
    counts = Counter(chain.from_iterable(map(set, documents)))
    telling = [stem for stem, count in counts.items() if IN_AT_LEAST <= count <= len(documents) / 2]
    telling.sort(key=lambda stem: (-counts[stem], stem))
    return {stem: round(log((1 + len(documents)) / (1 + counts[stem])) + 1, 6) for stem in telling[:WORDS]}


def weigh_words(documents: Sequence[Sequence[str]], idf: Mapping[str, float]) -> Table:
    """TF-IDF of these stems, a unit row a text (zeros where it has none of them)."""
    import numpy as np

    table = np.zeros((len(documents), len(idf)), dtype=np.float32)
    place = {stem: column for column, stem in enumerate(idf)}
    sizes = [*map(len, documents)]
    columns = np.fromiter(map(place.get, chain.from_iterable(documents), repeat(-1)), np.int64, sum(sizes))
    rows = np.repeat(np.arange(len(documents)), sizes)
    known = columns >= 0
    cells, times = np.unique(rows[known] * len(idf) + columns[known], return_counts=True)
    weights = (1 + np.log(times)) * np.array([*idf.values()])[cells % max(len(idf), 1)]
    rows = cells // max(len(idf), 1)
    lengths = np.sqrt(np.bincount(rows, np.square(weights), len(documents)))
    table.reshape(-1)[cells] = weights / lengths[rows]
    return table
