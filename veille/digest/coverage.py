"""What an issue rests on, and what it lacks: counted from all that was known, never from what was shown alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from veille.config import Topic
from veille.digest.values import Candidate, Coverage, Placed, Section, SourceHealth

CUT_TITLES = 5


def build_coverage(
    known: Sequence[Candidate],
    placed: Sequence[Placed],
    sections: Sequence[Section],
    topics: Sequence[Topic],
    health: Sequence[SourceHealth],
    since: datetime,
    until: datetime,
) -> Coverage:
    """The period is from ``since``, excluded, to ``until``."""
    entries = [entry for section in sections for entry in section.entries]
    shown = {entry.story.story_id for entry in entries}
    cut = sorted((place for place in placed if place.story.story_id not in shown), key=lambda place: place.order)
    new = [[t for t in story.tellings if t.first_seen_at > since] for story in known]
    changed = [t for story in known for t in story.tellings if t.updated_at and since < t.updated_at <= until]
    heard = {telling.source_id for tellings in [*new, changed] for telling in tellings}
    enabled = sorted((one for one in health if one.state != "disabled"), key=lambda one: one.source_id)
    told = {entry.topic_id for entry in entries}
    return Coverage(
        sources=len(enabled),
        failed=tuple(one for one in enabled if one.state in ("failing", "gone")),
        stale=tuple(one for one in enabled if one.state == "stale"),
        silent=tuple(
            one.source_id for one in enabled if one.state in ("ok", "empty", "new") and one.source_id not in heard
        ),
        unsupported=tuple(one.source_id for one in enabled if one.state == "unsupported"),
        items=sum(len(tellings) for tellings in new),
        stories=sum(1 for tellings in new if tellings),
        relevant=len(placed),
        shown=len(entries),
        cut=len(cut),
        cut_titles=tuple(place.story.lead.title for place in cut[:CUT_TITLES]),
        quiet_topics=tuple(topic.id for topic in topics if topic.id not in told),
        earlier=sum(1 for place in placed if place.story.came_before(since)),
    )
