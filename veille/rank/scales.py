"""The arithmetic of scales: where values usually lie, and how far from it one is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

MOST_Z = 6.0  # of words and echo each: beyond it they say no more
STEEPNESS = 0.5  # of the logistic, per unit of fused z: gentle, so that the best stay apart
THRESHOLD = 6.0  # the fused z that scores .5
RAREST = 0.01  # share of the collection; what is rarer says no more


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values usually lie and how far they spread."""

    middle: float = 0.0
    spread: float = 1.0


def find_mean_scale(values: Table, weights: Table) -> Scale:
    """Weighted mean and standard deviation: the median of a BM25 is mostly 0."""
    import numpy as np

    if not len(values):
        return Scale()
    middle = float(np.average(values, weights=weights))
    spread = float(np.sqrt(np.average((values - middle) ** 2, weights=weights)))
    return Scale(round(middle, 6), round(max(spread, 0.5), 6))


def share_spread(scales: Mapping[str, Scale], texts: Mapping[str, int]) -> dict[str, Scale]:
    """The scales of several languages, each with its own middle and all with one spread, pooled within the languages
    by how many ``texts`` each has.

    Sources of one language are often on one subject: a spread of its own would widen by what is relevant among them,
    and the other language's narrow.
    """
    total = sum(texts.values())
    pooled = sum(count * scales[code].spread ** 2 for code, count in texts.items()) / total if total else 0.0
    return {code: replace(scale, spread=round(pooled**0.5, 6)) if pooled else scale for code, scale in scales.items()}


def find_rarity(share: float) -> float:
    """What a term adds to the fused z of a text that has it, where this share of the collection does."""
    return -0.5 * log(max(share, RAREST))


def find_z(values: Table, languages: Sequence[str], scales: Sequence[Mapping[str, Scale]]) -> Table:
    """z of values (a text a row, a topic a column) on the scale of each text's language."""
    import numpy as np

    place = {code: row for row, code in enumerate(dict.fromkeys(languages))}
    chosen = [[one.get(code) or one[""] for one in scales] for code in place]
    rows = [place[code] for code in languages]
    middles = np.array([[scale.middle for scale in row] for row in chosen], dtype=np.float32)[rows]
    spreads = np.array([[scale.spread for scale in row] for row in chosen], dtype=np.float32)[rows]
    zs: Table = (values - middles) / spreads
    return zs


def find_word_z(values: Table, scales: Sequence[Scale]) -> Table:
    """z of words, which may add but not take away."""
    import numpy as np

    middles = np.array([scale.middle for scale in scales], dtype=np.float32)
    spreads = np.array([scale.spread for scale in scales], dtype=np.float32)
    spoken: Table = np.clip((values - middles) / spreads, 0, MOST_Z)
    return spoken


def move_to_centre(vectors: Table, centre: Sequence[float]) -> Table:
    import numpy as np

    moved = vectors - np.asarray(centre, dtype=np.float32) if len(centre) else vectors
    lengths = np.sqrt(np.square(moved).sum(axis=1, keepdims=True))
    unit: Table = moved / np.maximum(lengths, 1e-9)
    return unit


def move_to_centres(vectors: Table, languages: Sequence[str], centres: Mapping[str, Sequence[float]]) -> Table:
    """Unit vectors from the centre of each text's language."""
    import numpy as np

    moved = np.empty_like(vectors)
    for code in set(languages):
        rows = [row for row, language in enumerate(languages) if language == code]
        moved[rows] = move_to_centre(vectors[rows], centres[code])
    return moved
