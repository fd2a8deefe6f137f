"""What an issue is made of: plain values, from what is known of a story to the whole digest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from veille.items.in_force import InForce
from veille.rank.reading import count_independent
from veille.rank.words import Query
from veille.values import Details, Evidence, ItemKind, Paper, Relation, Score

SectionId = Literal["topic", "research", "agenda", "courses", "regulation", "trends"]
Reason = Mapping[str, object]

DATABASE = "data/veille.duckdb"


@dataclass(frozen=True, slots=True)
class Telling:
    """One item of a story."""

    item_id: str
    source_id: str
    title: str
    url: str
    language: str | None
    published_at: datetime | None
    first_seen_at: datetime
    section: str
    kind: ItemKind = "article"
    summary: str = ""
    authors: tuple[str, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    details: Details = None
    relation: Relation = "same"
    updated_at: datetime | None = None  # when it was last seen to have changed
    overturned_at: datetime | None = None  # when it was last cancelled, moved or retracted, if it is
    evidence: Evidence | None = None  # of a paper: what its abstract says of how it knows
    in_force: InForce | None = None  # of a regulation: the day of effect that its text states

    @property
    def told_at(self) -> datetime:
        """Its own date, of a paper at least its year; without one, when it was first seen."""
        if self.published_at is None and isinstance(self.details, Paper) and self.details.year:
            return min(datetime(max(self.details.year, 1), 1, 1, tzinfo=UTC), self.first_seen_at)
        return self.published_at or self.first_seen_at


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story as the digest sees it, with all that is known of it up to now."""

    story_id: str
    item_id: str  # the representative; in an issue, the telling that leads it there
    tellings: tuple[Telling, ...]
    scores: Mapping[str, Score]  # by topic id

    @property
    def lead(self) -> Telling:
        """The telling that it is told by; the earliest one when that is not among them."""
        return next((t for t in self.tellings if t.item_id == self.item_id), min(self.tellings, key=by_arrival))

    @property
    def others(self) -> tuple[Telling, ...]:
        """The tellings beside the lead, in order of arrival."""
        lead = self.lead
        return tuple(sorted((t for t in self.tellings if t.item_id != lead.item_id), key=by_arrival))

    def came_before(self, instant: datetime) -> bool:
        """Whether all of it was first seen by then."""
        return all(telling.first_seen_at <= instant for telling in self.tellings)

    @property
    def source_ids(self) -> tuple[str, ...]:
        return tuple(sorted({t.source_id for t in self.tellings}))

    @property
    def told_by(self) -> int:
        """How many tell it independently."""
        return count_independent((t.source_id, t.url) for t in self.tellings)


def by_arrival(telling: Telling) -> tuple[datetime, str]:
    return telling.first_seen_at, telling.item_id


@dataclass(frozen=True, slots=True)
class Placed:
    """A story under its best topic, before it has a place in the issue."""

    story: Candidate
    topic_id: str
    value: float
    reasons: tuple[Reason, ...]
    section: SectionId

    @property
    def order(self) -> tuple[float, float, str]:
        return -self.value, -self.story.lead.told_at.timestamp(), self.story.story_id


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an issue."""

    position: int  # from 1, through the whole issue
    section: SectionId
    topic_id: str  # of the best topic, whatever the section
    story: Candidate
    score: float  # what it was ordered by
    reasons: tuple[Reason, ...]
    other_topics: tuple[str, ...] = ()  # ids of the audience's other topics that it is relevant to
    rolled_over: bool = False  # first seen before the last issue, which did not show it, and not overturned since


@dataclass(frozen=True, slots=True)
class Section:
    id: SectionId
    title: str
    topic_id: str | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """How often a topic was told of, week by week, and what rises in it."""

    topic_id: str
    stories: tuple[int, ...]  # a whole week each, the latest one last
    baseline: float | None = None  # of the eight weeks before; None without history
    surge: float | None = None  # the statistic of `veille.trends`; None without history
    rising: bool = False  # the surge is above its threshold
    phrases: tuple[str, ...] = ()  # that surge within the topic


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a configured source is at the time of the issue."""

    source_id: str
    state: str  # of the view `sources` (ok, empty, stale, failing, gone, new, disabled) or `unsupported`
    error: str | None = None
    http_status: int | None = None  # of its last answer; None when none came
    since: datetime | None = None  # of the first failure, or of the newest item of a stale source


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the issue rests on, and what it lacks. A source is in one list at most."""

    sources: int  # enabled ones
    failed: tuple[SourceHealth, ...]  # failing or gone
    stale: tuple[SourceHealth, ...]
    silent: tuple[str, ...]  # healthy, with nothing new or changed in the period
    unsupported: tuple[str, ...]
    items: int  # first seen in the period
    stories: int  # with an item first seen in the period
    relevant: int  # stories that could be shown
    shown: int
    cut: int  # relevant, without a place: they roll over
    cut_titles: tuple[str, ...]  # the first of them
    quiet_topics: tuple[str, ...]  # ids of topics without an entry
    earlier: int = 0  # of the relevant stories, those first seen before the period

    @property
    def sources_read(self) -> int:
        """Those that answered, be it with nothing new."""
        return self.sources - len(self.failed) - len(self.unsupported)


@dataclass(frozen=True, slots=True)
class Digest:
    """One issue for one audience."""

    digest_id: str
    audience: str
    week: str
    title: str
    language: str  # of our own words: fr or en
    organisation: str
    timezone: str
    generated_at: datetime
    since: datetime  # the period that is told, end included
    until: datetime
    topic_names: Mapping[str, str]
    sections: tuple[Section, ...]
    coverage: Coverage
    trends: tuple[Trend, ...] = ()
    topic_words: Mapping[str, Query] = field(default_factory=dict)  # what an extract looks for, by topic id
    database: str = DATABASE

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for section in self.sections for entry in section.entries)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an audience saw in its earlier issues, never this one."""

    story_ids: Collection[str] = frozenset()
    item_ids: Collection[str] = frozenset()
    last_issue_at: datetime | None = None
