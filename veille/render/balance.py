"""A topic in pictures: how often it is told of, and what is talked about beside what is shown. Pure.

For the archive and the reading room; a mail has block characters instead, because mail programs drop SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veille.render.edition import COLON
from veille.render.pictures import Picture, draw_counts, draw_weeks
from veille.trends.evidence import DESIGNS, UNKNOWN
from veille.trends.weeks import SURGES_AT
from veille.wording import has_text, say, word_number

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic in the list of all."""

    topic_id: str
    name: str
    picture: Picture | None  # None before there is a whole week


@dataclass(frozen=True, slots=True)
class Balance:
    """Talk and evidence, drawn to one scale."""

    talk: Picture
    shown: Picture


@dataclass(frozen=True, slots=True)
class TopicPictures:
    """A topic in the archive."""

    line: TopicLine
    balance: Balance | None


def build_line(topic_id: str, name: str, weeks: Sequence[Row], language: str) -> TopicLine:
    """A topic's whole weeks, the latest last: rows of `topics_weekly`. What came with an archive is no news."""
    if not weeks:
        return TopicLine(topic_id, name, None)
    title = say(language, "web_trend_title", topic=name)
    picture = draw_weeks(f"weeks-{topic_id}", [row["news"] for row in weeks], title, _word_weeks(weeks, language))
    return TopicLine(topic_id, name, picture)


def word_week(week: str, language: str) -> str:
    """An ISO week such as ``2026-W10``, in words."""
    return say(language, "web_week_of", week=int(week[-2:]), year=week[:4])


def _word_weeks(weeks: Sequence[Row], language: str) -> str:
    """The picture in a sentence: the last week, what is usual, the highest week."""
    last, highest = weeks[-1], max(weeks, key=lambda row: (row["news"], row["week"]))
    parts = [say(language, "web_trend", count=last["news"], week=word_week(last["week"], language))]
    if last["baseline"] is not None:
        usual = word_number(round(last["baseline"], 1), language)
        parts.append(say(language, "trend_baseline", number=usual))
    if highest["news"] > last["news"]:
        parts.append(
            say(language, "web_trend_highest", count=highest["news"], week=word_week(highest["week"], language))
        )
    rising = f"{COLON[language]}{say(language, 'trend_rising')}" if rises(last) else ""
    return ", ".join(parts) + rising


def rises(row: Row) -> bool:
    return row["surge"] is not None and row["surge"] >= SURGES_AT


def build_balance(topic_id: str, evidence: Sequence[Row], language: str) -> Balance | None:
    """Stories of twelve weeks by section beside the papers held by design; None where there is neither."""
    talk = [(_name_section(row["section"], language), row["stories_12w"]) for row in evidence]
    talk = [(label, count) for label, count in talk if count]
    held = [(design, sum(row["designs"].get(design, 0) for row in evidence)) for design in DESIGNS]
    shown = [(_name_design(design, language), count) for design, count in held if count]
    if not talk and not shown:
        return None
    most = max(count for _, count in talk + shown)
    return Balance(
        draw_counts(f"talk-{topic_id}", talk, most, say(language, "web_talk"), _word_counts(talk, language)),
        draw_counts(f"shown-{topic_id}", shown, most, say(language, "web_shown"), _word_counts(shown, language)),
    )


def _name_section(section: str, language: str) -> str:
    return say(language, f"web_section_{section}") if has_text(language, f"web_section_{section}") else section


def _name_design(design: str, language: str) -> str:
    return say(language, "web_design_unknown" if design == UNKNOWN else f"design_{design}")


def _word_counts(rows: Sequence[tuple[str, int]], language: str) -> str:
    told = ", ".join(f"{label} {word_number(count, language)}" for label, count in rows)
    return told or say(language, "web_nothing")
