"""How close two texts are to each other, against what is ordinary in a collection and a model."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from veille.stories.titles import fold_title
from veille.values import Item

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]
    May = Callable[[Any, Any, Any], Any]

NEAR_FLOOR = 0.35  # below it no pair is looked at
TWIN = 0.8  # from here on two texts are looked at, whatever else is known of them
TRANSLATION_MARGIN = 0.05
TRANSLATION_COSINE = 0.35  # of two papers
# Of news, which nothing but meaning vouches for: 19 in 20 translated abstracts are as close, and two subjects of two
# months' replayed news came to .37.
NEWS_COSINE = 0.45
EVENT_EVIDENCE = 0.8  # cosine and 0.6 of the overlap of the titles
USUAL_SPREAD = 0.057  # median absolute cosine of two centred texts of a mixed collection, with the bundled model
LIKE_USUAL = 1.6  # spreads within this factor are the collection's doing (a single subject: 1.5), not the model's


@dataclass(frozen=True, slots=True)
class Near:
    """How close two vectors are: the centred cosine, and how far it exceeds what surrounds the two."""

    cosine: float
    margin: float


@dataclass(frozen=True)
class Scale:
    """What is ordinary in a collection: the background against which two items stand out as close.

    ``centres`` are the mean unit vectors by language, ``sample`` centred unit vectors of ordinary items, ``rarity``
    the weight of a word in a title (inverse document frequency, 0 to 1); a word that is not in it is rare.
    ``stretch`` puts this model's cosines on the scale that the thresholds are stated in (`stretch_cosines`).
    """

    centres: Any = None
    sample: Any = None
    rarity: Mapping[str, float] = field(default_factory=dict)
    stretch: float = 1.0


PLAIN = Scale()


@dataclass(frozen=True)
class Ground:
    """What is known of the rows of a matrix beside their vectors: arrays, an item a place.

    ``crowding`` is that of `measure_crowding`, ``languages`` one number a language, ``days`` since 1970, ``papers``
    whether it is a paper.
    """

    crowding: Any
    languages: Any
    days: Any
    papers: Any

    def take(self, rows: Any) -> Ground:
        return Ground(self.crowding[rows], self.languages[rows], self.days[rows], self.papers[rows])


def fit_scale(items: Sequence[Item], vectors: Vectors | None = None, most: int = 2000) -> Scale:
    """The `Scale` of a collection, from a sample of its items and their vectors (a row an item).

    With more than ``most`` items, those with the smallest ids are taken: ids are hashes, so this is a fair sample
    that does not depend on the order. A language with few items is drawn towards the centre of all.
    """
    chosen = sorted(range(len(items)), key=lambda row: items[row].item_id)[:most]
    rarity = _fit_rarity([items[row] for row in chosen])
    if vectors is None or len(chosen) < 2:
        return Scale(rarity=rarity)
    import numpy as np

    sample = np.ascontiguousarray(vectors[chosen], dtype=np.float32)
    overall = sample.mean(axis=0)
    rows_by_language: dict[str, list[int]] = defaultdict(list)
    for position, row in enumerate(chosen):
        rows_by_language[items[row].language or ""].append(position)
    centres = [
        (sample[rows].sum(axis=0) + 20 * overall) / (len(rows) + 20)
        for language, rows in sorted(rows_by_language.items())
        if language and len(rows) >= 5
    ]
    middles = np.stack(centres or [overall])
    centred = centre(sample, Scale(centres=middles))
    return Scale(middles, centred, rarity, find_stretch(measure_spread(centred)))


def build_record(scale: Scale) -> dict[str, Any]:
    """What is kept of a scale, for JSON; the sample is kept as the texts that it was made of."""
    return {
        "centres": [] if scale.centres is None else scale.centres.round(6).tolist(),
        "rarity": {word: round(weight, 4) for word, weight in scale.rarity.items()},
        "stretch": round(scale.stretch, 4),
    }


def parse_record(record: Mapping[str, Any], sample: Vectors) -> Scale:
    """A kept scale, with the unit vectors of its sample, not yet centred."""
    import numpy as np

    if not record["centres"]:
        return Scale(rarity=record["rarity"])
    centres = np.array(record["centres"], dtype=np.float32)
    centred = centre(sample, Scale(centres=centres))
    return Scale(centres, centred, record["rarity"], record["stretch"])


def measure_spread(centred: Vectors) -> float:
    """How far the cosine of two texts that have nothing to do with each other usually is from 0: the median."""
    import numpy as np

    some = centred[:1000]
    product = np.abs(some @ some.T)[np.triu_indices(len(some), 1)]
    return round(float(np.median(product)), 6) if len(product) else USUAL_SPREAD


def find_stretch(spread: float) -> float:
    """By how much to stretch Fisher's z of this model's cosines, so that chance reaches as far as it usually does.

    Chance has the same spread in z at each height (R. A. Fisher, 1915), so another model's thresholds are as far out
    in its own noise. 1 for spreads that a collection on a single subject brings about.
    """
    ratio = USUAL_SPREAD / max(spread, 1e-3)
    return ratio / min(max(ratio, 1 / LIKE_USUAL), LIKE_USUAL)


def find_thresholds(scale: Scale) -> dict[str, float]:
    """The thresholds as plain centred cosines of the model in use: for a person to see what a scale amounts to."""
    stated = {"near": NEAR_FLOOR, "translation": TRANSLATION_COSINE, "same_event": EVENT_EVIDENCE, "twin": TWIN}
    return {name: round(float(stretch_cosines(value, 1 / scale.stretch)), 3) for name, value in stated.items()}


def stretch_cosines(cosines: Any, stretch: float) -> Any:
    """Cosines of the model in use, an array, as the thresholds mean them."""
    import numpy as np

    return cosines if stretch == 1 else np.tanh(np.arctanh(np.clip(cosines, -0.9999, 0.9999)) * stretch)


def _fit_rarity(items: Sequence[Item]) -> dict[str, float]:
    """Inverse document frequency of title words, 1 for a word of one title, towards 0 for a word of all."""
    counts = Counter(word for item in items for word in set(fold_title(item.title).split()))
    whole = math.log(1 + len(items))
    return {word: math.log((1 + len(items)) / count) / whole for word, count in counts.items() if count > 1}


def centre(vectors: Vectors, scale: Scale) -> Vectors:
    """Unit vectors after the nearest language centre was taken out; unchanged without centres."""
    import numpy as np

    if scale.centres is None or not len(vectors):
        return np.asarray(vectors, dtype=np.float32)
    centres = scale.centres
    # The nearest centre by Euclidean distance: |v|² is the same for all.
    nearest = (vectors @ centres.T - 0.5 * (centres * centres).sum(axis=1)).argmax(axis=1)
    moved = vectors - centres[nearest]
    lengths = np.sqrt(np.einsum("ij,ij->i", moved, moved))
    moved /= np.maximum(lengths, 1e-9)[:, None]
    return moved.astype(np.float32, copy=False)  # type: ignore[no-any-return]


def find_nearest(
    centred: Vectors, every: Vectors, floor: float, most: int, scale: Scale, may: May | None = None
) -> tuple[Any, Any, Any]:
    """The rows of ``every`` (m, d) closest to each of ``centred`` (n, d): arrays of both rows and of cosines >= floor.

    Unit vectors, float32; ``centred`` by the scale already. At most ``most`` a row, the closest first. ``may`` says of
    such arrays which of the pairs count.
    """
    import numpy as np

    raw_floor = stretch_cosines(np.float32(floor), 1 / scale.stretch)
    found = [(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32))]
    # Blocks whose products stay in the processor's cache take half the time of one large product.
    for start in range(0, len(every), 1024):
        product = centred @ centre(every[start : start + 1024], scale).T
        flat = np.flatnonzero(product >= raw_floor)
        rows, columns = np.divmod(flat, product.shape[1])
        columns += start
        values = stretch_cosines(product.ravel()[flat], scale.stretch)
        if may is not None:
            kept = may(rows, columns, values)
            rows, columns, values = rows[kept], columns[kept], values[kept]
        found.append((rows, columns, values))
    rows, columns, values = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    closest = np.arange(len(rows)) - np.searchsorted(rows, rows) < most
    return rows[closest], columns[closest], values[closest]


def measure_crowding(centred: Vectors, scale: Scale, neighbours: int = 5) -> Vectors:
    """How close ordinary items come to each row: the mean cosine of its nearest in the sample, itself left out."""
    import numpy as np

    if scale.sample is None or len(scale.sample) <= neighbours or not len(centred):
        return np.zeros(len(centred), dtype=np.float32)
    product = centred @ scale.sample.T
    product[product > 0.999] = -1
    product.partition(product.shape[1] - neighbours, axis=1)
    return stretch_cosines(product[:, -neighbours:], scale.stretch).mean(axis=1)  # type: ignore[no-any-return]
