"""What is talked about beside what is shown: stories by section, designs of the papers held, published syntheses. Pure.

Designs are what abstracts claim, in the order of the contract's list, and describe; nothing here grades a study.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from veille.config import Topic
from veille.rank.stopwords import STOP_WORDS
from veille.rank.words import split_words, stem

SECTIONS = ("press", "technology", "research", "regulation", "events", "moocs")
UNKNOWN = "unknown"
DESIGNS = (
    "meta-analysis",
    "systematic-review",
    "rct",
    "quasi-experimental",
    "observational",
    "qualitative",
    "protocol",
    "methods-or-theory",
    "opinion",
    UNKNOWN,
)
TALK_WEEKS = 12


@dataclass(frozen=True, slots=True)
class Synthesis:
    """A published synthesis of studies and what it says of itself, in its own words; None where that was not read."""

    name: str
    publisher: str
    url: str
    cost: str | None
    evidence: str | None
    effect: str | None
    read_on: date
    note: str
    keywords: tuple[str, ...] = ()  # French and English


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A topic and section. The syntheses of a topic are in its row `research`."""

    topic_id: str
    section: str
    stories_12w: int
    papers: int
    strongest_design: str | None  # None: no paper, or none that says
    designs: Mapping[str, int]
    syntheses: tuple[Synthesis, ...] = ()


def parse_syntheses(text: str) -> tuple[Synthesis, ...]:
    """The checked-in table: a YAML list of mappings with the fields of `Synthesis`."""
    rows: list[dict[str, Any]] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(Synthesis(**{**row, "keywords": tuple(row["keywords"])}) for row in rows)


def build_topic_evidence(
    topics: Sequence[Topic],
    talk: Mapping[tuple[str, str], int],
    held: Mapping[tuple[str, str], Mapping[str, int]],
    syntheses: Sequence[Synthesis],
) -> list[EvidenceRow]:
    """A row for each topic and section, also where nothing is.

    ``talk`` counts stories by topic id and section, ``held`` papers of each by design.
    """
    rows = []
    for topic in topics:
        known = find_syntheses(topic, syntheses)
        for section in SECTIONS:
            papers = held.get((topic.id, section), {})
            designs = {design: papers[design] for design in DESIGNS if design in papers}
            rows.append(
                EvidenceRow(
                    topic.id,
                    section,
                    talk.get((topic.id, section), 0),
                    sum(designs.values()),
                    next((design for design in designs if design != UNKNOWN), None),
                    designs,
                    known if section == "research" else (),
                )
            )
    return rows


def find_syntheses(topic: Topic, syntheses: Sequence[Synthesis]) -> tuple[Synthesis, ...]:
    """Those with a keyword in the topic's name, keywords or description: its words in order, endings forgiven."""
    parts = [_stems(text) for text in (topic.name, *topic.keywords, topic.description)]
    return tuple(
        synthesis
        for synthesis in syntheses
        if any(_occurs(_stems(keyword), part) for keyword in synthesis.keywords for part in parts)
    )


def _stems(text: str) -> list[frozenset[str]]:
    """Of each word with a meaning, what it may be stemmed to: a topic mixes both languages."""
    silent = STOP_WORDS["fr"] | STOP_WORDS["en"]
    return [frozenset({stem(word, "fr"), stem(word, "en")}) for word in split_words(text) if word not in silent]


def _occurs(wanted: Sequence[frozenset[str]], part: Sequence[frozenset[str]]) -> bool:
    return bool(wanted) and any(
        all(one & other for one, other in zip(wanted, part[start:], strict=False))
        for start in range(len(part) - len(wanted) + 1)
    )
