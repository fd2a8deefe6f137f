"""The values that travel from one stage to the next: frozen, without behaviour beyond what they are.

The way of the data, with the value that leaves each stage::

    config (Source, Topic, Audience) -> fetch (Answer) -> parse (Page of Item) -> store (SeenItem)
        -> embed (vectors) -> stories (Link, Story) -> rank (Score) -> digest (Digest)

Instants are aware datetimes in UTC and end in ``_at``; dates end in ``_on``; durations in ``_seconds``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from typing import Literal, NamedTuple

ItemKind = Literal["article", "paper", "event", "course"]
FetchOutcome = Literal["new", "unchanged", "empty", "cut", "failed", "refused", "gone", "unsupported"]
Relation = Literal["same", "about"]


def short_hash(*parts: str) -> str:
    """Sixteen hexadecimal digits that stand for these strings, in order."""
    return blake2b(_joined(parts), digest_size=8).hexdigest()


def growing_hashes(parts: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, str]:
    """The hash of these strings, and the one of these and more: each as of `short_hash`, and the text read once."""
    digest = blake2b(_joined(parts), digest_size=8)
    first = digest.hexdigest()
    digest.update(b"\0" + _joined(more))
    return first, digest.hexdigest()


def _joined(parts: tuple[str, ...]) -> bytes:
    return "\0".join(parts).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Paper:
    """What a research item has beyond an item."""

    venue: str | None = None
    year: int | None = None
    type: str | None = None  # journal-article, preprint, thesis, report, ...
    is_preprint: bool | None = None
    is_retracted: bool | None = None
    design: str | None = None  # as the source itself states it
    open_access_url: str | None = None
    volume: str | None = None
    pages: str | None = None  # `288-297`, `S212`


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a paper's own words say of how it knows: a description, never a grade. Quotes are verbatim."""

    design: str = "unknown"  # of the contract's list
    design_quote: str | None = None  # None where the source's structured data says it
    sample_size: int | None = None  # participants, of a synthesis its studies
    setting: str | None = None  # primary, secondary, higher, vocational, workplace, online, ... where stated
    effect: str | None = None  # as `d = 0.35 [0.20, 0.50]`
    effect_quote: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    kind: str  # submission, early-bird, registration, notification, other
    on: date


@dataclass(frozen=True, slots=True)
class Event:
    """What a dated event has beyond an item."""

    starts_on: date | None = None
    ends_on: date | None = None
    place: str | None = None
    country: str | None = None
    online: bool | None = None
    status: str = "planned"  # planned, moved, cancelled; that it is past, the view `events` says
    deadlines: tuple[Deadline, ...] = ()
    recurs: bool = field(default=False, repr=False)  # a dense series, told with its next day
    # Instants in the time zone that the source tells them in, where it tells the hour and the zone.
    starts_at: datetime | None = field(default=None, repr=False)
    ends_at: datetime | None = field(default=None, repr=False)
    moved_from_on: date | None = field(default=None, repr=False)  # of what moved while we looked: its day before


@dataclass(frozen=True, slots=True)
class Course:
    """What a course run has beyond an item."""

    provider: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    enrolment_ends_on: date | None = None
    effort_hours: float | None = None
    status: str = field(default="planned", repr=False)  # planned, moved: as the store sees it, no source says it
    moved_from_on: date | None = field(default=None, repr=False)  # its start before


Details = Paper | Event | Course | None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing as one source tells it. Made by `veille.items.entries.build_item`, so that every kind cleans alike."""

    source_id: str
    kind: ItemKind
    section: str
    guid: str  # the source's own identifier, else the canonical address
    url: str  # absolute http(s), redirect links unwrapped
    canonical_url: str
    title: str  # plain text
    summary: str  # plain text
    authors: tuple[str, ...] = ()
    language: str | None = None  # BCP 47, mostly `fr` or `en`
    published_at: datetime | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)  # scheme (doi, arxiv, hal, eric) to bare value
    details: Details = None
    content_hash: str = ""  # of title and summary: equal texts embed once
    fingerprint: str = ""  # of all that a reader sees: another one means the entry was edited

    @property
    def item_id(self) -> str:
        """Stable across runs: an item is one per source and guid."""
        return short_hash(self.source_id, self.guid)


@dataclass(frozen=True, slots=True)
class Rejected:
    """An entry that could not become an item, and why; it costs nothing but itself."""

    where: str  # guid, title or position
    why: str


@dataclass(frozen=True, slots=True)
class Request:
    """A GET that a source kind asks for."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    conditional: bool = True  # send the bookmark's ETag and Last-Modified, and keep the answer's
    series: str = ""  # which of the source's lists this page belongs to: a topic's id, a set, ...
    secrets: tuple[tuple[str, str], ...] = ()  # query parameters that nothing keeps and no error shows
    apart_seconds: float = 0.0  # at least so long after the last request to this host, where its rules say so


@dataclass(frozen=True, slots=True)
class Answer:
    """What the web answered, decoded from its transfer encodings."""

    url: str  # after redirects
    status: int
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    moved_to: str | None = None  # where only permanent redirects led: to be remembered
    complete: bool = True  # False: cut at the size or time limit
    cut_because: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Days of a recurring event that an answer tells in full: an occurrence among them that is missing is cancelled."""

    guid: str  # of its occurrences, what stands before the slash and the day
    since: date
    until: date  # included


@dataclass(frozen=True, slots=True)
class Page:
    """One parsed answer."""

    items: tuple[Item, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    next: Request | None = None  # the page after this one, where there is one
    text: tuple[str, ...] | None = None  # lines of a text that is watched; the last item stands for it
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class Bookmark:
    """What is remembered of a source between runs, and how it has been."""

    url: str | None = None  # where a permanent redirect led, if not the configured address
    etag: str | None = None
    last_modified: str | None = None
    cursor: str | None = None  # how far each series was read (`veille.harvest`), or a watched text (`veille.watching`)
    not_before: datetime | None = None  # Retry-After and back-off
    last_success_at: datetime | None = None
    first_failure_at: datetime | None = None
    consecutive_failures: int = 0
    gone: bool = False
    busy_host: str | None = None  # that asked for `not_before`: its other sources wait as well


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request cycle of a source: a row of the view `fetches`."""

    source_id: str
    started_at: datetime
    seconds: float
    outcome: FetchOutcome
    http_status: int | None = None
    bytes: int = 0
    items_seen: int = 0
    items_new: int = 0
    items_changed: int = 0
    items_rejected: int = 0
    tdm_reserved: bool = False  # the answer reserves the rights of text and data mining
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SeenItem:
    """An item as the store holds it."""

    item: Item
    first_seen_at: datetime
    updated_at: datetime
    item_id: str = ""  # the item's own, kept: it is asked for often, and is a hash
    overturned_at: datetime | None = None  # when it was last cancelled, moved or retracted, if it is

    def __post_init__(self) -> None:
        if not self.item_id:
            object.__setattr__(self, "item_id", self.item.item_id)


@dataclass(frozen=True, slots=True)
class Link:
    """Two items that tell the same thing, and how it is known. ``a`` and ``b`` are item ids, ``a < b``."""

    a: str
    b: str
    relation: Relation
    similarity: float  # 0 to 1
    reason: str  # for a person, language-neutral: `doi 10.1000/182`, `same address`, ...


@dataclass(frozen=True, slots=True)
class Member:
    """An item's place in a story."""

    item_id: str
    relation: Relation
    similarity: float
    reason: str


@dataclass(frozen=True, slots=True)
class Story:
    """One thing, told by one or more items. Its id is that of its earliest item, so it never changes hands."""

    story_id: str
    item_id: str  # the representative
    members: tuple[Member, ...]


class Score(NamedTuple):  # a run makes a hundred thousand, four times as fast as of a dataclass
    """A story for a topic. ``score`` is between 0 and 1 and means the same for every topic."""

    story_id: str
    topic_id: str
    score: float
    relevant: bool
    reasons: tuple[Mapping[str, object], ...] = ()  # each {"kind": ..., ...}, worded by the renderer


@dataclass(frozen=True, slots=True)
class Rating:
    """What a reader said of a story, shown for a topic."""

    story_id: str
    item_id: str  # the representative when it was rated: it finds the story again after stories were joined
    topic_id: str
    verdict: Literal["useful", "off-topic"]
    rated_at: datetime
    rater: str = ""  # who, as far as it is known: empty from the command line
