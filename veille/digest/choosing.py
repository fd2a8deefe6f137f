"""Which stories an issue has place for, and where: unseen and current ones, under the topic where each is worth most.

Pure. Each section has a number of places; no source and no topic takes more than half of them (rounded up) unless
others leave them free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from veille.config import Audience, Topic
from veille.digest.leading import find_rules
from veille.digest.values import Candidate, Placed, Reason, SectionId, Shown, Telling, by_arrival
from veille.values import Course, Details, Event

Ordering = Mapping[tuple[str, str], tuple[float, Sequence[Reason]]]
"""(story_id, topic_id) to the value that orders it in the digest, topic weight included, and the reasons for it."""

LONGEST_WINDOW = timedelta(days=28)
HORIZON = timedelta(days=90)  # of the agenda: what is further off waits for a free place
PLACES: Mapping[SectionId, int] = {"research": 2, "agenda": 2}  # times those of a topic
READERS_DEADLINES = ("submission", "early-bird", "registration")  # by which a reader can still do something


def is_unseen(story: Candidate, shown: Shown) -> bool:
    """Neither the story nor any of its items was in an earlier issue, or what was shown there no longer holds."""
    told = story.story_id in shown.story_ids or any(t.item_id in shown.item_ids for t in story.tellings)
    return not told or is_overturned(story, shown.last_issue_at)


def is_overturned(story: Candidate, last_issue_at: datetime | None) -> bool:
    """Cancelled, moved or retracted since the last issue: the one case in which a story is told again."""
    return last_issue_at is not None and any(
        telling.overturned_at is not None and telling.overturned_at > last_issue_at for telling in story.tellings
    )


def is_current(story: Candidate, audience: Audience, now: datetime, today: date) -> bool:
    """An item of it came, or was overturned, within the last 28 days and is not too old by its own date.

    An event is too old once it is over.
    """
    return any(
        _came_at(telling) > now - LONGEST_WINDOW and _is_young(telling, audience, now, today)
        for telling in story.tellings
    )


def _came_at(telling: Telling) -> datetime:
    return telling.overturned_at or telling.first_seen_at


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


def find_turn(details: Details, today: date) -> tuple[date, str]:
    """The next day on which a reader can act or be there, by which dated things are ordered, and what it is.

    A deadline's kind, `start` or `end`; `date.max` and nothing for what says no such day. Authors who are notified
    have nothing to do, and what is cancelled has no deadlines any more.
    """
    if not isinstance(details, Event | Course):
        return date.max, ""
    days = [(details.starts_on, "start"), (details.ends_on, "end")]
    if isinstance(details, Course):
        days.append((details.enrolment_ends_on, "registration"))
    elif details.status != "cancelled":
        days += [(one.on, one.kind) for one in details.deadlines if one.kind in READERS_DEADLINES]
    ahead = [(day, what) for day, what in days if day is not None and day >= today]
    return min(ahead, key=lambda one: one[0], default=(date.max, ""))


def find_as_of(story: Candidate, now: datetime) -> Candidate | None:
    """The story as it was known then, its tellings in order of arrival; None when nothing of it was."""
    tellings = tuple(sorted((t for t in story.tellings if t.first_seen_at <= now), key=by_arrival))
    return Candidate(story.story_id, story.item_id, tellings, story.scores) if tellings else None


def place_story(story: Candidate, topics: Sequence[Topic], ordering: Ordering) -> Placed | None:
    """Under the topic where it is worth most, the first of equals; None when it is relevant to none."""
    best: Placed | None = None
    for topic in topics:
        score = story.scores.get(topic.id)
        if score is None or not score.relevant:
            continue
        value, reasons = ordering.get((story.story_id, topic.id), (score.score * topic.weight, ()))
        if best is None or value > best.value:
            best = Placed(story, topic.id, value, merge_reasons(score.reasons, reasons), find_section(story))
    return best


def find_section(story: Candidate) -> SectionId:
    """Where a story belongs by what it is: dated things, research and rules have sections of their own."""
    lead = story.lead
    by_kind: dict[str, SectionId] = {"event": "agenda", "course": "courses", "paper": "research"}
    if lead.kind in by_kind:
        return by_kind[lead.kind]
    return "regulation" if find_rules(story.tellings) else "topic"


def merge_reasons(*several: Iterable[Reason]) -> tuple[Reason, ...]:
    """All reasons in order; of one kind, the first."""
    by_kind: dict[object, Reason] = {}
    for reason in (reason for reasons in several for reason in reasons):
        by_kind.setdefault(reason.get("kind"), reason)
    return tuple(by_kind.values())


def choose_stories(
    placed: Sequence[Placed], topics: Sequence[Topic], places: int, today: date
) -> dict[tuple[SectionId, str | None], list[Placed]]:
    """The stories of each section, best first; a section without any is left out. Topics come first, in their order."""
    groups: list[tuple[SectionId, str | None]] = [
        *(("topic", topic.id) for topic in topics),
        *((section, None) for section in ("research", "agenda", "courses", "regulation")),
    ]
    chosen = {}
    for section, topic_id in groups:
        of_group = [p for p in placed if p.section == section and topic_id in (None, p.topic_id)]
        near = [p for p in of_group if _is_near(p, today)]
        far = [p for p in of_group if not _is_near(p, today)]
        if of_group:
            room = places * PLACES.get(section, 1)
            best = choose_best(near, room)
            chosen[section, topic_id] = best + choose_best(far, room - len(best))
    return chosen


def _is_near(place: Placed, today: date) -> bool:
    """Something happens within the agenda's horizon; what has no date is always near."""
    day = find_next_day(place.story.lead.details, today)
    return day == date.max or day <= today + HORIZON


def choose_best(placed: Sequence[Placed], places: int) -> list[Placed]:
    """The best ones, best first; a source or topic takes more than half, rounded up, only of what others leave free.

    Where all are of one topic, only sources count.
    """
    ranked = sorted(placed, key=lambda place: place.order)
    several = len({place.topic_id for place in ranked}) > 1
    taken: Counter[tuple[str, str]] = Counter()
    within: list[Placed] = []
    beyond: list[Placed] = []
    for place in ranked:
        keys = [("source", place.story.lead.source_id), *([("topic", place.topic_id)] if several else [])]
        fits = all(taken[key] < (places + 1) // 2 for key in keys)
        (within if fits else beyond).append(place)
        if fits:
            taken.update(keys)
    return sorted((within + beyond)[: max(places, 0)], key=lambda place: place.order)
