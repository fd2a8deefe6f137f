"""What goes into an issue: chosen, placed and counted. Pure: the same arguments give the same `Digest`.

Nothing here reads a clock or words a sentence beyond section titles; `veille.render` does the wording.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from veille.config import Audience, Organisation, Topic
from veille.digest.coverage import build_coverage
from veille.digest.values import (
    Candidate,
    Digest,
    Entry,
    Placed,
    Reason,
    Section,
    SectionId,
    Shown,
    SourceHealth,
    Telling,
    by_arrival,
)
from veille.values import Course, Details, Event, Relation, SeenItem
from veille.wording import say

Ordering = Mapping[tuple[str, str], tuple[float, Sequence[Reason]]]
"""(story_id, topic_id) to the value that orders it in the digest, topic weight included, and the reasons for it."""

LONGEST_WINDOW = timedelta(days=28)


def iso_week(now: datetime, zone: ZoneInfo) -> str:
    """The ISO week that this instant falls in there, as ``2026-W10``."""
    year, week, _ = now.astimezone(zone).isocalendar()
    return f"{year}-W{week:02d}"


def find_window(now: datetime, last_issue_at: datetime | None) -> tuple[datetime, datetime]:
    """The period an issue tells, start excluded: since the last issue, at most 28 days back."""
    earliest = now - LONGEST_WINDOW
    return max(earliest, min(last_issue_at or earliest, now)), now


def build_telling(seen: SeenItem, relation: Relation = "same") -> Telling:
    """What the digest needs of a stored item."""
    item = seen.item
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
) -> Digest:
    """The issue of the week that ``now`` falls in.

    ``candidates`` are all stories with an item first seen in the 28 days up to ``now``, relevant or not: they are
    also what is counted. What was not shown by an earlier issue for lack of place is thereby a candidate again.
    A pair that ``ordering`` lacks is ordered by its score times the topic's weight.
    """
    since, until = find_window(now, shown.last_issue_at)
    topics = choose_topics(audience, topics)
    known = [story for story in (_as_of(candidate, now) for candidate in candidates) if story is not None]
    today = now.astimezone(organisation.zone).date()
    placed = [
        place
        for story in known
        if is_unseen(story, shown) and is_current(story, audience, now, today)
        if (place := _place(story, topics, ordering)) is not None
    ]
    chosen = _choose(placed, topics, audience.items_per_topic)
    sections = _build_sections(chosen, topics, audience.language, since, today)
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
        coverage=build_coverage(known, placed, sections, topics, health, since),
    )


def choose_topics(audience: Audience, topics: Sequence[Topic]) -> list[Topic]:
    """The audience's topics: in its own order when it names them, else in the organisation's."""
    if audience.topics == "all":
        return list(topics)
    by_id = {topic.id: topic for topic in topics}
    return [by_id[topic_id] for topic_id in audience.topics if topic_id in by_id]


def is_unseen(story: Candidate, shown: Shown) -> bool:
    """Neither the story nor any of its items was in an earlier issue."""
    return story.story_id not in shown.story_ids and not any(t.item_id in shown.item_ids for t in story.tellings)


def is_current(story: Candidate, audience: Audience, now: datetime, today: date) -> bool:
    """An item of it came within the last 28 days and is not too old by its own date (an event: is still to come)."""
    return any(
        telling.first_seen_at > now - LONGEST_WINDOW and _is_young(telling, audience, now, today)
        for telling in story.tellings
    )


def _is_young(telling: Telling, audience: Audience, now: datetime, today: date) -> bool:
    last_day = find_last_day(telling.details)
    if last_day is not None:
        return last_day >= today
    return telling.told_at >= now - timedelta(days=audience.max_age(telling.section))


def find_last_day(details: Details) -> date | None:
    """The day after which an event or a course is no longer news; None when it says no date."""
    if isinstance(details, Event):
        return details.ends_on or details.starts_on
    if isinstance(details, Course):
        return details.enrolment_ends_on or details.ends_on or details.starts_on
    return None


def find_next_day(details: Details, today: date) -> date:
    """The next day on which something happens: a deadline, a start, an end; `date.max` when it says no date."""
    days: list[date | None] = []
    if isinstance(details, Event):
        days = [*(deadline.on for deadline in details.deadlines), details.starts_on, details.ends_on]
    elif isinstance(details, Course):
        days = [details.enrolment_ends_on, details.starts_on, details.ends_on]
    return min((day for day in days if day is not None and day >= today), default=date.max)


def _as_of(story: Candidate, now: datetime) -> Candidate | None:
    """The story as it was known then, its tellings in order of arrival; None when nothing of it was."""
    tellings = tuple(sorted((t for t in story.tellings if t.first_seen_at <= now), key=by_arrival))
    return Candidate(story.story_id, story.item_id, tellings, story.scores) if tellings else None


def _place(story: Candidate, topics: Sequence[Topic], ordering: Ordering) -> Placed | None:
    """Under the topic where it is worth most, the first of equals; None when it is relevant to none."""
    best: Placed | None = None
    for topic in topics:
        score = story.scores.get(topic.id)
        if score is None or not score.relevant:
            continue
        value, reasons = ordering.get((story.story_id, topic.id), (score.score * topic.weight, ()))
        if best is None or value > best.value:
            best = Placed(story, topic.id, value, _merge(score.reasons, reasons), find_section(story.lead))
    return best


def find_section(lead: Telling) -> SectionId:
    """Where a story belongs by what it is: dated things have sections of their own."""
    dated: dict[str, SectionId] = {"event": "agenda", "course": "courses"}
    return dated.get(lead.kind, "topic")


def _merge(*several: Iterable[Reason]) -> tuple[Reason, ...]:
    """All reasons in order; of one kind, the first."""
    by_kind: dict[object, Reason] = {}
    for reason in (reason for reasons in several for reason in reasons):
        by_kind.setdefault(reason.get("kind"), reason)
    return tuple(by_kind.values())


def _choose(
    placed: Sequence[Placed], topics: Sequence[Topic], places: int
) -> dict[tuple[SectionId, str | None], list[Placed]]:
    """The stories of each section, best first; a section without any is left out."""
    groups: list[tuple[SectionId, str | None]] = [
        *(("topic", topic.id) for topic in topics), ("agenda", None), ("courses", None)
    ]  # fmt: skip
    chosen = {}
    for section, topic_id in groups:
        of_group = [p for p in placed if p.section == section and topic_id in (None, p.topic_id)]
        if of_group:
            chosen[section, topic_id] = choose_best(of_group, places)
    return chosen


def choose_best(placed: Sequence[Placed], places: int) -> list[Placed]:
    """The best ones, best first; a source takes more than half of the places only when others leave them free."""
    ranked = sorted(placed, key=lambda place: place.order)
    taken: Counter[str] = Counter()
    within: list[Placed] = []
    beyond: list[Placed] = []
    for place in ranked:
        source_id = place.story.lead.source_id
        taken[source_id] += 1
        (within if taken[source_id] <= (places + 1) // 2 else beyond).append(place)
    return sorted((within + beyond)[:places], key=lambda place: place.order)


def _build_sections(
    chosen: Mapping[tuple[SectionId, str | None], Sequence[Placed]],
    topics: Sequence[Topic],
    language: str,
    since: datetime,
    today: date,
) -> tuple[Section, ...]:
    names = {topic.id: topic.name for topic in topics}
    sections: list[Section] = []
    position = 0
    for (section_id, topic_id), members in chosen.items():
        if section_id != "topic":
            members = sorted(members, key=lambda p: (find_next_day(p.story.lead.details, today), p.order))
        entries = tuple(
            _build_entry(place, position + n, topics, since) for n, place in enumerate(members, start=1)
        )  # fmt: skip
        position += len(entries)
        title = names[topic_id] if topic_id is not None else say(language, f"section_{section_id}")
        sections.append(Section(section_id, title, topic_id, entries))
    return tuple(sections)


def _build_entry(place: Placed, position: int, topics: Sequence[Topic], since: datetime) -> Entry:
    story = place.story
    told_by = len(story.source_ids)
    return Entry(
        position=position,
        section=place.section,
        topic_id=place.topic_id,
        story=story,
        score=place.value,
        reasons=_merge(place.reasons, [{"kind": "sources", "count": told_by}] if told_by > 1 else []),
        other_topics=tuple(
            topic.id
            for topic in topics
            if topic.id != place.topic_id and topic.id in story.scores and story.scores[topic.id].relevant
        ),
        rolled_over=all(telling.first_seen_at <= since for telling in story.tellings),
    )
