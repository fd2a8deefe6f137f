"""What is usual: what the collection, held by neutral sentences, gets for each topic, as values. Pure.

Every score is a distance from it (`veille.rank`), so it means the same for every topic and every embedding model.
`veille.rank.fitting` finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from veille.rank.scales import Scale
from veille.rank.tenor import Tenor
from veille.rank.words import Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Neutral:
    """Sentences about anything else (`parse_neutral`), and their vectors from the model in use, a row each."""

    texts: tuple[str, ...]
    vectors: Table | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one topic."""

    words: Scale
    asked: Mapping[str, float] = field(default_factory=dict)  # what its words are worth here, see `parse_query`
    meaning: Mapping[str, Scale] = field(default_factory=dict)  # by language, as in `LANGUAGES`
    echo: Mapping[str, Scale] = field(default_factory=dict)
    echo_words: Mapping[str, float] = field(default_factory=dict)  # stems with their weight
    named: float = 0.0  # the share of the collection that says its name
    prior: float = 0.0  # what is added to the fused z of every text, see `find_priors`


@dataclass(frozen=True, slots=True)
class Background:
    """What is usual in the collection: all that scoring needs to know of it."""

    documents: int
    average_length: float
    counts: Mapping[str, int]  # document frequencies of the stems that the topics ask for
    shares: Mapping[str, float]  # of the collection that has this keyword
    topics: Mapping[str, Usual]
    centres: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # by language
    topic_centre: tuple[float, ...] = ()
    tenor: Tenor = field(default_factory=Tenor)


def parse_neutral(text: str) -> tuple[str, ...]:
    """The sentences of ``background.txt``: its lines but comments and empty ones."""
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def parse_query(weights: Mapping[str, float]) -> Query:
    """A query from its plain form, in which a word's variants are one string."""
    return {tuple(key.split("|")): weight for key, weight in weights.items()}


def dump_query(query: Query) -> dict[str, float]:
    """The plain form that `parse_query` reads."""
    return {"|".join(key): round(weight, 4) for key, weight in query.items()}
