"""The pages of topics: how often they are told of, in what words, and what is shown beside what is said. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from veille.export.values import Record
from veille.render.balance import Balance, TopicLine, build_balance, build_line, rises
from veille.render.clipping import FACT_LENGTH, clean_line, cut_words, find_link
from veille.render.lines import Linked
from veille.values import Evidence
from veille.web.cards import Card, Setting, build_card
from veille.web.pages import Row
from veille.wording import word_number


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    count: str
    rising: bool


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
        line=build_line(topic_id, setting.name_topic(topic_id), weeks, setting.language),
        weeks=tuple(
            (setting.word_week(row["week"]), word_number(row["news"], setting.language)) for row in reversed(weeks)
        ),
        phrases=tuple(
            Phrase(clean_line(row["phrase"]), setting.say("archive_entries", count=row["stories"]), rises(row))
            for row in phrases
        ),
        balance=build_balance(topic_id, evidence, setting.language),
        syntheses=tuple(_build_synthesis(one, setting) for row in evidence for one in row["syntheses"]),
        papers=tuple(build_card(one, setting, read.get(one.telling.item_id)) for one in papers),
        recent=tuple(build_card(one, setting) for one in recent),
    )


def _build_synthesis(one: Row, setting: Setting) -> SynthesisLine:
    facts = [clean_line(str(one.get("publisher") or ""))]
    for key in ("effect", "evidence", "cost"):
        if one.get(key):
            what = cut_words(clean_line(str(one[key])), FACT_LENGTH)
            facts.append(setting.say(f"web_synthesis_{key}", what=what))
    return SynthesisLine(
        Linked(clean_line(str(one.get("name") or "")), find_link(one.get("url"))), tuple(filter(None, facts))
    )
