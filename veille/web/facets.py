"""What a search can be narrowed by: counted over what was found, each under the choices of the others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from veille.export.values import Record
from veille.render.clipping import clean_line, cut_words
from veille.web.cards import Setting
from veille.wording import has_text, word_language, word_number

FACETS = ("section", "kind", "language", "topic", "year")
LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    text: str  # with how many there are
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str
    every: str  # what stands for no choice
    options: tuple[Option, ...]


def find_values(record: Record, facet: str) -> Sequence[str]:
    """What a story is, by one of the `FACETS`."""
    telling = record.telling
    if facet == "topic":
        return record.topics
    if facet == "year":
        return [str(telling.told_at.year)]
    value = {"section": telling.section, "kind": telling.kind, "language": telling.language}[facet]
    return [value] if value else []


def narrow(records: Sequence[Record], chosen: Mapping[str, str]) -> list[Record]:
    """Those that have every chosen value, in their order."""
    return [one for one in records if all(value in find_values(one, facet) for facet, value in chosen.items())]


def count_facets(records: Sequence[Record], chosen: Mapping[str, str], setting: Setting) -> list[Facet]:
    """Every facet with its values, the most frequent first; years the latest first."""
    return [_count_facet(records, facet, chosen, setting) for facet in FACETS]


def _count_facet(records: Sequence[Record], facet: str, chosen: Mapping[str, str], setting: Setting) -> Facet:
    others = {name: value for name, value in chosen.items() if name != facet}
    counts = Counter(value for one in narrow(records, others) for value in find_values(one, facet))
    if facet in chosen:
        counts[chosen[facet]] += 0  # a choice without a match can still be seen and taken back
    ordered = sorted(counts.items(), key=lambda pair: (-int(pair[0]) if facet == "year" else -pair[1], pair[0]))
    return Facet(
        facet,
        setting.say(f"web_facet_{facet}"),
        setting.say("web_every"),
        tuple(
            Option(value, f"{word_value(facet, value, setting)} ({word_number(count, setting.language)})",
                   chosen.get(facet) == value)
            for value, count in ordered
        ),
    )  # fmt: skip


def word_value(facet: str, value: str, setting: Setting) -> str:
    """A facet's value as a reader calls it."""
    if facet == "topic":
        return setting.name_topic(value)
    if facet == "language":
        return word_language(value, setting.language)
    key = f"web_{facet}_{value}"
    return setting.say(key) if has_text(setting.language, key) else cut_words(clean_line(value), LONGEST_VALUE)


def choose(asked: Mapping[str, str]) -> dict[str, str]:
    """The choices among what was asked for: what no facet could have is none."""
    said = {facet: asked.get(facet, "")[:LONGEST_VALUE] for facet in FACETS}
    return {
        facet: value for facet, value in said.items() if value and (facet != "year" or _is_year(value))
    }  # fmt: skip


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdigit()
