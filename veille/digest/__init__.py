"""What goes into an issue: chosen, placed and counted. Pure: the same arguments give the same `Digest`.

Nothing here reads a clock or words a sentence beyond section titles; `veille.render` does the wording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from veille.config import Audience, Organisation, Topic
from veille.digest.choosing import (
    LONGEST_WINDOW,
    Ordering,
    choose_stories,
    find_as_of,
    find_turn,
    is_current,
    is_overturned,
    is_unseen,
    merge_reasons,
    place_story,
)
from veille.digest.coverage import build_coverage
from veille.digest.leading import lead_in
from veille.digest.values import (
    Candidate,
    Digest,
    Entry,
    Placed,
    Section,
    SectionId,
    Shown,
    SourceHealth,
    Telling,
    Trend,
)
from veille.items.in_force import find_in_force
from veille.rank.reading import topic_query
from veille.values import Evidence, Relation, SeenItem
from veille.wording import say

__all__ = ["Ordering", "build_digest", "build_telling", "find_window", "iso_week"]


def iso_week(now: datetime, zone: ZoneInfo) -> str:
    """The ISO week that this instant falls in there, as ``2026-W10``."""
    year, week, _ = now.astimezone(zone).isocalendar()
    return f"{year}-W{week:02d}"


def find_window(now: datetime, last_issue_at: datetime | None) -> tuple[datetime, datetime]:
    """The period an issue tells, start excluded: since the last issue, at most 28 days back."""
    earliest = now - LONGEST_WINDOW
    return max(earliest, min(last_issue_at or earliest, now)), now


def build_telling(seen: SeenItem, relation: Relation = "same", evidence: Evidence | None = None) -> Telling:
    """What the digest needs of a stored item."""
    item = seen.item
    told_at = item.published_at or seen.first_seen_at
    return Telling(
        item_id=seen.item_id,
        source_id=item.source_id,
        title=item.title,
        url=item.url,
        language=item.language,
        published_at=item.published_at,
        first_seen_at=seen.first_seen_at,
        section=item.section,
        kind=item.kind,
        summary=item.summary,
        authors=item.authors,
        identifiers=item.identifiers,
        details=item.details,
        relation=relation,
        updated_at=seen.updated_at,
        overturned_at=seen.overturned_at,
        evidence=evidence,
        in_force=find_in_force(item.title, item.summary, told_at) if item.section == "regulation" else None,
    )


def build_digest(
    audience: Audience,
    organisation: Organisation,
    topics: Sequence[Topic],
    candidates: Sequence[Candidate],
    ordering: Ordering,
    shown: Shown,
    health: Sequence[SourceHealth],
    now: datetime,
    trends: Sequence[Trend] = (),
) -> Digest:
    """The issue of the week that ``now`` falls in.

    ``candidates`` are all stories with an item first seen (or overturned) in the 28 days up to ``now``, relevant or
    not: they are also what is counted. What was not shown by an earlier issue for lack of place is thereby a candidate
    again.
    A pair that ``ordering`` lacks is ordered by its score times the topic's weight.
    """
    since, until = find_window(now, shown.last_issue_at)
    topics = choose_topics(audience, topics)
    known = [story for story in (find_as_of(candidate, now) for candidate in candidates) if story is not None]
    today = now.astimezone(organisation.zone).date()
    placed = [
        place
        for story in (lead_in(story, audience.language) for story in known)
        if is_unseen(story, shown) and is_current(story, audience, now, today)
        if (place := place_story(story, topics, ordering)) is not None
    ]
    chosen = choose_stories(placed, topics, audience.items_per_topic, today)
    sections = _build_sections(chosen, topics, audience.language, shown.last_issue_at, today)
    week = iso_week(now, organisation.zone)
    return Digest(
        digest_id=f"{audience.id}-{week}",
        audience=audience.id,
        week=week,
        title=audience.title or say(audience.language, "default_title", organisation=organisation.name),
        language=audience.language,
        organisation=organisation.name,
        timezone=organisation.timezone,
        generated_at=now,
        since=since,
        until=until,
        topic_names={topic.id: topic.name for topic in topics},
        sections=sections,
        coverage=build_coverage(known, placed, sections, topics, health, since, until),
        trends=tuple(trends),
        topic_words={topic.id: topic_query(topic) for topic in topics},
    )


def choose_topics(audience: Audience, topics: Sequence[Topic]) -> list[Topic]:
    """The audience's topics: in its own order when it names them, else in the organisation's."""
    if audience.topics == "all":
        return list(topics)
    by_id = {topic.id: topic for topic in topics}
    return [by_id[topic_id] for topic_id in audience.topics if topic_id in by_id]


def _build_sections(
    chosen: Mapping[tuple[SectionId, str | None], Sequence[Placed]],
    topics: Sequence[Topic],
    language: str,
    last_issue_at: datetime | None,
    today: date,
) -> tuple[Section, ...]:
    names = {topic.id: topic.name for topic in topics}
    sections: list[Section] = []
    position = 0
    for (section_id, topic_id), members in chosen.items():
        if section_id in ("agenda", "courses"):
            members = sorted(members, key=lambda p: (find_turn(p.story.lead.details, today)[0], p.order))
        entries = tuple(
            _build_entry(place, position + n, topics, last_issue_at) for n, place in enumerate(members, start=1)
        )  # fmt: skip
        position += len(entries)
        title = names[topic_id] if topic_id is not None else say(language, f"section_{section_id}")
        sections.append(Section(section_id, title, topic_id, entries))
    return tuple(sections)


def _build_entry(place: Placed, position: int, topics: Sequence[Topic], last_issue_at: datetime | None) -> Entry:
    story = place.story
    told = [{"kind": "sources", "count": story.told_by}] if story.told_by > 1 else []
    return Entry(
        position=position,
        section=place.section,
        topic_id=place.topic_id,
        story=story,
        score=place.value,
        reasons=merge_reasons(place.reasons, told),
        other_topics=tuple(
            topic.id
            for topic in topics
            if topic.id != place.topic_id and topic.id in story.scores and story.scores[topic.id].relevant
        ),
        rolled_over=last_issue_at is not None
        and story.came_before(last_issue_at)
        and not is_overturned(story, last_issue_at),
    )
