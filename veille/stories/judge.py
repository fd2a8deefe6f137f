"""The judgement of a pair: which of the three bands joins two items, and how it is known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from veille.stories.closeness import (
    EVENT_EVIDENCE,
    NEWS_COSINE,
    PLAIN,
    TRANSLATION_COSINE,
    TRANSLATION_MARGIN,
    Near,
    Scale,
)
from veille.stories.keys import find_pairs
from veille.stories.reading import Facts, read_facts
from veille.stories.works import agree, is_notice_of, weigh_works
from veille.values import Course, Event, Link, Paper, Relation, SeenItem

RULES = 2  # what was judged by others is judged anew
EVENT_WINDOW = timedelta(days=10)
REPRINT_WINDOW = timedelta(days=60)
TRANSLATION = "translation"
SAME_EVENT = "same event: "


def judge_pair(a: SeenItem, b: SeenItem, near: Near | None = None, scale: Scale = PLAIN) -> Link | None:
    """Whether two items tell the same thing, and how it is known; the same whichever comes first."""
    return _judge(read_facts(a, scale), read_facts(b, scale), near)


def find_links(
    new: Sequence[SeenItem],
    old: Sequence[SeenItem],
    near: Mapping[tuple[str, str], Near],
    scale: Scale = PLAIN,
) -> list[Link]:
    """All links that have at least one of ``new``; ``old`` holds the candidates: sharers of a key and neighbours.

    ``near`` is keyed by two item ids in ascending order; pairs with an item that is in neither list are left out.
    """
    seen = {one.item_id: one for one in (*old, *new)}
    fresh = {one.item_id for one in new}
    pairs = {pair for pair in near if pair[0] in seen and pair[1] in seen and (pair[0] in fresh or pair[1] in fresh)}
    pairs.update(find_pairs(new, old))
    return judge_pairs(pairs, seen, near, scale)


def judge_pairs(
    pairs: Iterable[tuple[str, str]],
    seen: Mapping[str, SeenItem],
    near: Mapping[tuple[str, str], Near],
    scale: Scale = PLAIN,
) -> list[Link]:
    """The links among these pairs of item ids; ``seen`` holds the items, and of ``near`` what is known of a pair."""
    wanted = sorted({pair for pair in pairs if pair[0] != pair[1]})
    facts = {item_id: read_facts(seen[item_id], scale) for item_id in {item_id for pair in wanted for item_id in pair}}
    judged = (_judge(facts[a], facts[b], near.get((a, b))) for a, b in wanted)
    return [link for link in judged if link]


def _judge(a: Facts, b: Facts, near: Near | None) -> Link | None:
    a, b = (a, b) if a.item_id < b.item_id else (b, a)
    if a.item_id == b.item_id:
        return None
    found = _same_identity(a, b) or (None if _told_apart(a, b) else _same_work(a, b, near) or _same_event(a, b, near))
    return Link(a.item_id, b.item_id, *found) if found else None


Finding = tuple[Relation, float, str]


def _same_identity(a: Facts, b: Facts) -> Finding | None:
    for scheme, value in sorted(a.item.identifiers.items()):
        if value and b.item.identifiers.get(scheme, "").lower() == value.lower():
            if _contradicts(a, b):
                return None
            told = (a.item.kind == "paper") != (b.item.kind == "paper") and _overlap(a, b) < 0.5
            return "about" if told else "same", 1.0, f"{scheme} {value}"
    if a.item.canonical_url and a.item.canonical_url == b.item.canonical_url:
        return "same", 1.0, "same address"
    for name in sorted(a.names & b.mentioned | a.mentioned & b.names | a.mentioned & b.mentioned):
        return "about", 1.0, "mentions " + name.replace(":", " ", 1)
    return None


def _contradicts(a: Facts, b: Facts) -> bool:
    """A wrong identifier in one record: two papers of other authors, in other years, under other titles."""
    both_known = a.authors and b.authors and a.year and b.year
    return bool(both_known and not a.authors & b.authors and a.year != b.year and _overlap(a, b) < 0.3)


def _told_apart(a: Facts, b: Facts) -> bool:
    """Two of a series: titles alike but for a number, a month or a part; or runs of a course, editions of an event."""
    if isinstance(a.item.details, Event | Course) and isinstance(b.item.details, Event | Course):
        starts = (a.item.details.starts_on, b.item.details.starts_on)
        if None not in starts and starts[0] != starts[1]:
            return True
        if a.item.source_id == b.item.source_id and a.title != b.title:
            return True  # an agenda or a catalogue lists each thing once
    return bool(a.counters - b.counters and b.counters - a.counters) and _overlap(a, b) >= 0.5


def _overlap(a: Facts, b: Facts) -> float:
    """Cosine of the titles' words, each weighted by its rarity; 0 to 1."""
    if not a.norm or not b.norm:
        return 0.0
    shared = a.words & b.words
    return sum(a.weights[word] ** 2 for word in shared) / (a.norm * b.norm)


def _same_work(a: Facts, b: Facts, near: Near | None) -> Finding | None:
    if a.notice != b.notice and is_notice_of(a, b):
        return "same", 0.99, "notice of the work"
    if isinstance(a.item.details, Paper) and isinstance(b.item.details, Paper):
        evidence = weigh_works(a, b)
        if evidence > 0:
            return (
                "same",
                round(1 / (1 + math.exp(-evidence)), 3),
                "same title and authors" if a.authors & b.authors else "same title",
            )
    elif (a.title == b.title or _overlap(a, b) >= 0.85) and _reprint(a, b):
        return "same", round(_overlap(a, b), 3), "same title"
    if near and _translates(a, b, near):
        return "same", round(near.cosine, 3), TRANSLATION
    return None


def _translates(a: Facts, b: Facts, near: Near) -> bool:
    """One text in two languages: nearer to each other than what is around either of them."""
    if not a.language or not b.language or a.language == b.language:
        return False
    if near.margin < TRANSLATION_MARGIN or (a.counters - b.counters and b.counters - a.counters):
        return False
    if isinstance(a.item.details, Paper) and isinstance(b.item.details, Paper):
        return agree(a.authors, b.authors) != 0 and near.cosine >= TRANSLATION_COSINE  # who translates it signs it, too
    if a.item.source_id == b.item.source_id and _overlap(a, b) >= 0.5:
        return False  # two of one pattern in one language, whatever language each looks like
    return near.cosine >= NEWS_COSINE and abs(a.when - b.when) <= REPRINT_WINDOW


def _reprint(a: Facts, b: Facts) -> bool:
    """One text in two places; a source that repeats a title starts a new one each time."""
    if min(a.specific, b.specific) < 3:
        return False
    window = timedelta(days=1) if a.item.source_id == b.item.source_id else REPRINT_WINDOW
    return abs(a.when - b.when) <= window


def _same_event(a: Facts, b: Facts, near: Near | None) -> Finding | None:
    if near is None or abs(a.when - b.when) > EVENT_WINDOW:
        return None
    if isinstance(a.item.details, Paper) and isinstance(b.item.details, Paper):
        return None  # two papers on one subject are two papers
    if a.site and (a.site, a.item.source_id) == (b.site, b.item.source_id):
        return None  # one publisher tells two things in two pieces, most of all where their titles follow one pattern
    overlap = _overlap(a, b)
    if near.cosine + 0.6 * overlap < EVENT_EVIDENCE:
        return None
    shared = sorted(a.words & b.words, key=lambda word: (-a.weights[word], word))[:3]
    return "about", round(min(1.0, (near.cosine + 0.6 * overlap) / 1.6), 3), SAME_EVENT + ", ".join(shared)
