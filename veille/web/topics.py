"""The pages of topics: how often they are told of, in what words, and what is shown beside what is said. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from veille.export.values import Record
from veille.render.clipping import clean_line, cut_words, find_link
from veille.render.edition import COLON
from veille.render.lines import FACT_LENGTH, Linked
from veille.trends.evidence import DESIGNS, UNKNOWN
from veille.trends.weeks import SURGES_AT
from veille.values import Evidence
from veille.web.cards import Card, Setting, build_card
from veille.web.facets import word_value
from veille.web.pages import Row
from veille.web.pictures import Picture, draw_counts, draw_weeks
from veille.wording import word_number


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic in the list of all."""

    topic_id: str
    name: str
    picture: Picture | None  # None before there is a whole week


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    count: str
    rising: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """Talk and evidence, drawn to one scale."""

    talk: Picture
    shown: Picture


@dataclass(frozen=True, slots=True)
class SynthesisLine:
    title: Linked
    facts: tuple[str, ...]  # as their publisher words them


@dataclass(frozen=True, slots=True)
class TopicPage:
    line: TopicLine
    weeks: tuple[tuple[str, str], ...]  # the numbers of the picture, the latest first
    phrases: tuple[Phrase, ...]
    balance: Balance | None
    syntheses: tuple[SynthesisLine, ...]
    papers: tuple[Card, ...]
    recent: tuple[Card, ...]


def build_line(topic_id: str, weeks: Sequence[Row], setting: Setting) -> TopicLine:
    name = setting.name_topic(topic_id)
    if not weeks:
        return TopicLine(topic_id, name, None)
    title = setting.say("web_trend_title", topic=name)
    picture = draw_weeks(f"weeks-{topic_id}", [row["stories"] for row in weeks], title, _word_weeks(weeks, setting))
    return TopicLine(topic_id, name, picture)


def _word_weeks(weeks: Sequence[Row], setting: Setting) -> str:
    """The picture in a sentence: the last week, what is usual, the highest week."""
    last, highest = weeks[-1], max(weeks, key=lambda row: (row["stories"], row["week"]))
    parts = [setting.say("web_trend", count=last["stories"], week=setting.word_week(last["week"]))]
    if last["baseline"] is not None:
        usual = word_number(round(last["baseline"], 1), setting.language)
        parts.append(setting.say("trend_baseline", number=usual))
    if highest["stories"] > last["stories"]:
        parts.append(
            setting.say("web_trend_highest", count=highest["stories"], week=setting.word_week(highest["week"]))
        )
    rising = f"{COLON[setting.language]}{setting.say('trend_rising')}" if _rises(last) else ""
    return ", ".join(parts) + rising


def _rises(row: Row) -> bool:
    return row["surge"] is not None and row["surge"] >= SURGES_AT


def build_topic(
    topic_id: str,
    weeks: Sequence[Row],
    phrases: Sequence[Row],
    evidence: Sequence[Row],
    papers: Sequence[Record],
    read: Mapping[str, Evidence],
    recent: Sequence[Record],
    setting: Setting,
) -> TopicPage:
    """All that is known of a topic. ``read`` is what each paper says of how it knows, by item."""
    return TopicPage(
        line=build_line(topic_id, weeks, setting),
        weeks=tuple(
            (setting.word_week(row["week"]), word_number(row["stories"], setting.language)) for row in reversed(weeks)
        ),
        phrases=tuple(
            Phrase(clean_line(row["phrase"]), setting.say("archive_entries", count=row["stories"]), _rises(row))
            for row in phrases
        ),
        balance=build_balance(topic_id, evidence, setting),
        syntheses=tuple(_build_synthesis(one, setting) for row in evidence for one in row["syntheses"]),
        papers=tuple(build_card(one, setting, read.get(one.telling.item_id)) for one in papers),
        recent=tuple(build_card(one, setting) for one in recent),
    )


def build_balance(topic_id: str, evidence: Sequence[Row], setting: Setting) -> Balance | None:
    """Stories of twelve weeks by section beside the papers held by design; None where there is neither."""
    talk = [(word_value("section", row["section"], setting), row["stories_12w"]) for row in evidence]
    talk = [(label, count) for label, count in talk if count]
    held = [(design, sum(row["designs"].get(design, 0) for row in evidence)) for design in DESIGNS]
    shown = [(_name_design(design, setting), count) for design, count in held if count]
    if not talk and not shown:
        return None
    most = max(count for _, count in talk + shown)
    return Balance(
        draw_counts(f"talk-{topic_id}", talk, most, setting.say("web_talk"), _word_counts(talk, setting)),
        draw_counts(f"shown-{topic_id}", shown, most, setting.say("web_shown"), _word_counts(shown, setting)),
    )


def _name_design(design: str, setting: Setting) -> str:
    return setting.say("web_design_unknown" if design == UNKNOWN else f"design_{design}")


def _word_counts(rows: Sequence[tuple[str, int]], setting: Setting) -> str:
    told = ", ".join(f"{label} {word_number(count, setting.language)}" for label, count in rows)
    return told or setting.say("web_nothing")


def _build_synthesis(one: Row, setting: Setting) -> SynthesisLine:
    facts = [clean_line(str(one.get("publisher") or ""))]
    for key in ("effect", "evidence", "cost"):
        if one.get(key):
            what = cut_words(clean_line(str(one[key])), FACT_LENGTH)
            facts.append(setting.say(f"web_synthesis_{key}", what=what))
    return SynthesisLine(
        Linked(clean_line(str(one.get("name") or "")), find_link(one.get("url"))), tuple(filter(None, facts))
    )
