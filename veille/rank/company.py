"""The company that words keep: which texts have them, and how near these are to each topic. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from veille.rank.words import Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]

ECHO_WORDS = 30  # a topic
ECHO_IN_AT_LEAST = 3  # texts
ECHO_FROM = 2.0  # in Student's t ...
ECHO_TEXTS = 2.0  # ... of a word seen in as many usual texts more, ...
MOST_DEVIATION = 3.0  # ... where no single text says more than this
TRUSTED_FROM = 1.5  # spreads above the usual: a query word counts in full when its texts lie there on average
TRUST_BEFORE = 1.0  # what is thought of a word before any text has it ...
TRUST_TEXTS = 3.0  # ... with the weight of so many texts


class Company:
    """Who stands with whom: the stems of a sample's texts, each with the texts that have it."""

    def __init__(self, documents: Sequence[Sequence[str]], weights: Table) -> None:
        import numpy as np

        place: dict[str, int] = {}
        distinct = [set(document) for document in documents]
        for stem in sorted(set().union(*distinct)):
            place[stem] = len(place)
        sizes = [len(stems) for stems in distinct]
        stems = np.fromiter(map(place.__getitem__, chain.from_iterable(distinct)), np.int64, sum(sizes))
        rows = np.repeat(np.arange(len(documents)), sizes)
        order = np.lexsort((rows, stems))
        self._place = place
        self._rows = rows[order]
        self._weights = weights
        self._texts = np.bincount(stems, minlength=len(place))
        self._starts = np.cumsum(self._texts) - self._texts
        self._mass = np.add.reduceat(weights[self._rows], self._starts) if len(place) else np.zeros(0, np.float32)

    def find_trusted(self, queries: Sequence[Query], meaning: Table) -> list[Query]:
        """The queries, each word worth the less the farther its texts are from the topic in meaning.

        So "problem" or "effect" in a long question tells little, nor does a word that only looks like one of another
        language. ``meaning`` is the z of each text (row) for each query (column).
        """
        sums = self._sum(self._deviations(meaning))
        trusted: list[Query] = []
        for column, query in enumerate(queries):
            weights = {}
            for key, weight in query.items():
                at = [self._place[variant] for variant in key if variant in self._place]
                mass = float(self._mass[at].sum())
                trust = (float(sums[at, column].sum()) + TRUST_BEFORE * TRUST_TEXTS) / (mass + TRUST_TEXTS)
                weights[key] = weight * min(max(trust / TRUSTED_FROM, 0.0), 1.0)
            trusted.append({key: weight for key, weight in weights.items() if weight > 0})
        return trusted

    def find_echoes(self, fused: Table) -> list[dict[str, float]]:
        """For each topic (column of ``fused``) the stems whose texts lie above the usual, with Student's t of it."""
        import numpy as np

        if not self._place:
            return [{} for _ in range(fused.shape[1])]
        most = MOST_DEVIATION * self._weights[:, None]
        deviations = np.clip(self._deviations(fused), -most, most)
        student = self._sum(deviations) / np.sqrt(self._mass + ECHO_TEXTS)[:, None]
        names = np.array(list(self._place))
        numbers = np.char.isdigit(np.char.rstrip(names, "er"))
        pairs = np.char.find(names, " ") >= 0
        student[(self._texts < ECHO_IN_AT_LEAST) | numbers | pairs] = 0
        return [_best_words(names, column) for column in student.T]

    def _deviations(self, values: Table) -> Table:
        """How many spreads above the usual each text (row) is for each topic (column), times the text's weight."""
        import numpy as np

        usual = np.average(values, axis=0, weights=self._weights)
        spread = np.sqrt(np.average((values - usual) ** 2, axis=0, weights=self._weights)) + 1e-6
        deviations: Table = ((values - usual) / spread * self._weights[:, None]).astype(np.float32)
        return deviations

    def _sum(self, values: Table) -> Table:
        """Of the texts that have each stem."""
        import numpy as np

        if not self._place:
            return np.zeros((0, values.shape[1]), np.float32)
        sums: Table = np.add.reduceat(values[self._rows], self._starts)
        return sums


def _best_words(names: NDArray[Any], values: Table) -> dict[str, float]:
    import numpy as np

    loud = np.flatnonzero(values >= ECHO_FROM)
    best = loud[np.lexsort((names[loud], -values[loud]))][:ECHO_WORDS]
    return {str(names[i]): round(float(values[i]), 3) for i in best}
