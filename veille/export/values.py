"""What is exported: an item as it was told, with what is known of its story."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from veille.digest.values import Digest, Telling
from veille.values import Paper


@dataclass(frozen=True, slots=True)
class Record:
    """One item to export."""

    telling: Telling
    story_id: str
    topics: tuple[str, ...] = ()  # names of those that its story is relevant to, best first
    leads: bool = True  # it is the one that its story is told by

    @property
    def changed_at(self) -> datetime:
        """When it last changed, as far as is known: else when it was first seen."""
        return self.telling.updated_at or self.telling.first_seen_at


def build_records(digest: Digest) -> list[Record]:
    """All that an issue tells, in its order: of each entry the lead, then its other tellings."""
    return [
        Record(
            telling,
            entry.story.story_id,
            tuple(digest.topic_names[topic_id] for topic_id in (entry.topic_id, *entry.other_topics)),
            telling.item_id == entry.story.lead.item_id,
        )
        for entry in digest.entries
        for telling in (entry.story.lead, *entry.story.others)
    ]


def choose_works(records: Iterable[Record]) -> list[Record]:
    """One record for what a story tells several times under one title, in the order given: its fullest one.

    A preprint and its article keep a record each where their titles differ: both can be cited.
    """
    works: dict[tuple[str, str, str], Record] = {}
    for record in records:
        telling = record.telling
        key = (record.story_id, telling.kind, " ".join(re.findall(r"\w+", telling.title.casefold())))
        known = works.get(key)
        if known is None or _fullness(record) > _fullness(known):
            works[key] = record
    return list(works.values())


def choose_stories(records: Iterable[Record]) -> list[Record]:
    """One record for each story, in the order given: the one that leads it, else its first."""
    chosen: dict[str, Record] = {}
    for record in records:
        if record.story_id not in chosen or (record.leads and not chosen[record.story_id].leads):
            chosen[record.story_id] = record
    return list(chosen.values())


def _fullness(record: Record) -> tuple[bool, bool, bool, int, bool, bool]:
    """What says that it was retracted counts most: it must not be lost behind a fuller record that does not."""
    telling, details = record.telling, record.telling.details
    paper = details if isinstance(details, Paper) else Paper()
    return (
        bool(paper.is_retracted),
        not paper.is_preprint,
        "doi" in telling.identifiers,
        len(telling.authors),
        bool(paper.venue),
        bool(telling.summary),
    )


def fold(text: str) -> str:
    """Lower-case ASCII letters and digits of a text, with single spaces between its words."""
    text = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", " ")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def word_date(telling: Telling) -> str:
    """Its own date as ``2026-03-02``, of a paper as far as it is known: ``2026-03`` or ``2026``; empty without one.

    A paper's period is kept as its first day (`veille.kinds.scholarly.build_paper`), so that a first day says no more
    than the month, and the first of January no more than the year.
    """
    told_at = telling.published_at
    if told_at is None:
        return str(telling.details.year) if isinstance(telling.details, Paper) and telling.details.year else ""
    day = told_at.astimezone(UTC).date()
    if telling.kind != "paper" or day.day > 1:
        return day.isoformat()
    return day.isoformat()[:4] if day.month == 1 else day.isoformat()[:7]
