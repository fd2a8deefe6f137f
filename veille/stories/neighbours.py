"""Which pairs of a collection are close enough to be judged: a question of the pair, not of what else there is.

So whoever comes first finds the other, and a collection read day by day is judged like one read at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from veille.stories.closeness import (
    NEAR_FLOOR,
    TRANSLATION_MARGIN,
    TWIN,
    Ground,
    Near,
    Scale,
    centre,
    find_nearest,
)
from veille.stories.judge import EVENT_WINDOW

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

MOST = 400  # neighbours of an item: a bound on memory that no ordinary collection reaches


def find_neighbours(rows: Sequence[int], vectors: Vectors, ground: Ground, scale: Scale) -> list[tuple[int, int, Near]]:
    """Pairs of these rows (at least one) and any row that may tell the same: (one of ``rows``, any row, how near)."""
    import numpy as np

    places = np.asarray(rows, dtype=np.intp)
    own = ground.take(places)
    window = EVENT_WINDOW.total_seconds() / 86_400

    def may(new: Any, every: Any, cosines: Any) -> Any:
        margins = cosines - (own.crowding[new] + ground.crowding[every]) / 2
        translated = (own.languages[new] != ground.languages[every]) & (margins >= TRANSLATION_MARGIN)
        together = np.abs(own.days[new] - ground.days[every]) <= window
        told = together & ~(own.papers[new] & ground.papers[every])
        return ((cosines >= TWIN) | translated | told) & (places[new] != every)

    own_vectors = centre(vectors[places], scale)
    new, every, cosines = find_nearest(own_vectors, vectors, NEAR_FLOOR, MOST, scale, may)
    margins = cosines - (own.crowding[new] + ground.crowding[every]) / 2
    nearness = map(Near, cosines.tolist(), margins.tolist())
    return list(zip(places[new].tolist(), every.tolist(), nearness, strict=True))
