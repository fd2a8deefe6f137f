"""The page of a story: who tells it, why they are together, and what it is worth for each topic. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from veille.config import Config
from veille.export.values import Record
from veille.render.clipping import clean_line
from veille.render.lines import DOT, Linked, drop_told_words, word_reason
from veille.values import Evidence
from veille.web.cards import LONG, Card, Setting, build_card, word_meta, word_title
from veille.web.pages import Row, name_issue
from veille.wording import word_number

# What `veille.stories` gives as reasons, and our words for them; what a reason names is kept as it stands.
REASONS = (
    (re.compile(r"same address"), "web_same_address"),
    (re.compile(r"same title and authors"), "web_same_title_authors"),
    (re.compile(r"same title"), "web_same_title"),
    (re.compile(r"translation"), "web_translation"),
    (re.compile(r"notice of the work"), "web_notice"),
    (re.compile(r"same event: (?P<what>.+)"), "web_same_event"),
    (re.compile(r"mentions (?P<what>.+)"), "web_mentions"),
    (re.compile(r"(?P<what>(?:doi|arxiv|hal|eric|isbn|oai|pmid)\b.*)"), "web_same_identifier"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One telling of a story."""

    title: Linked
    meta: tuple[str, ...]
    why: str  # empty for the only one


@dataclass(frozen=True, slots=True)
class Worth:
    """What a story is worth for a topic."""

    topic_id: str
    name: str
    score: str
    relevant: bool
    why: str


@dataclass(frozen=True, slots=True)
class StoryPage:
    card: Card
    counts: tuple[str, ...]
    told: tuple[Told, ...]
    worths: tuple[Worth, ...]
    shown: tuple[Linked, ...]  # in which issues; each links from the root of the site


def build_story(
    story: Row,
    members: Sequence[Row],
    records: Mapping[str, Record],
    evidence: Mapping[str, Evidence],
    scores: Sequence[Row],
    setting: Setting,
) -> StoryPage | None:
    """All that is known of a story; None where its leading item is missing."""
    lead = records.get(story["item_id"])
    if lead is None:
        return None
    known = evidence.get(story["item_id"]) or next(iter(evidence.values()), None)
    return StoryPage(
        card=build_card(lead, setting, known, LONG),
        counts=(
            setting.say("items", count=story["item_count"]),
            setting.say("from_sources", count=story["source_count"]),
            setting.say("web_since", day=setting.word_day(story["first_seen_at"])),
        ),
        told=tuple(
            Told(
                word_title(records[one["item_id"]].telling, setting),
                word_meta(records[one["item_id"]].telling, setting),
                word_membership(one["relation"], one["reason"], setting),
            )
            for one in members
            if one["item_id"] in records
        ),
        worths=tuple(_build_worth(row, setting) for row in scores if row["topic_id"] in setting.topic_names),
        shown=(),
    )


def build_showings(config: Config, rows: Sequence[Row]) -> tuple[Linked, ...]:
    """The issues that told it, each with the path of its page."""
    return tuple(
        Linked(name, row["path"], language if language != config.organisation.language else None)
        for row in rows
        for name, language in [name_issue(config, row)]
    )


def word_membership(relation: str, reason: str | None, setting: Setting) -> str:
    """Why an item is in its story; nothing for the item that others are compared with."""
    reason = clean_line(reason or "")
    if not reason:
        return ""
    for pattern, key in REASONS:
        if match := pattern.fullmatch(reason):
            return setting.say(key, what=match.groupdict().get("what"))
    return f"{setting.say(f'web_relation_{relation}')} ({reason})"


def _build_worth(row: Row, setting: Setting) -> Worth:
    reasons = drop_told_words(row["reasons"])
    return Worth(
        topic_id=row["topic_id"],
        name=setting.name_topic(row["topic_id"]),
        score=word_number(round(row["score"], 2), setting.language),
        relevant=bool(row["relevant"]),
        why=clean_line(DOT.join(filter(None, (word_reason(reason, setting.language) for reason in reasons)))),
    )
