"""Stories made of the links between items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Protocol

from veille.stories.judge import SAME_EVENT, TRANSLATION
from veille.stories.keys import order_pair
from veille.stories.titles import is_notice
from veille.values import Details, ItemKind, Link, Member, Paper, SeenItem, Story

SHARE = 0.51  # of the pairs between two groups that links by meaning must hold to join them


def build_stories(items: Sequence[SeenItem], links: Sequence[Link], share: float = SHARE) -> list[Story]:
    """The stories that these items make by these links, whatever the order of either.

    Links by identity, text or record join at once. Links by meaning (translations, tellings of one event) are
    weighed between the groups so made, the closest first: two groups become one when at least ``share`` of the pairs
    between them are linked. So a bridge cannot chain two stories. An item without links is its own story.
    """
    seen = {one.item_id: one for one in items}
    held = [link for link in links if link.a in seen and link.b in seen]
    groups = join_pairs(sorted(seen), ((link.a, link.b) for link in held if _is_sure(link)))
    groups = _join_close(groups, (link for link in held if not _is_sure(link)), share)
    by_item: dict[str, list[Link]] = defaultdict(list)
    for link in held:
        by_item[link.a].append(link)
        by_item[link.b].append(link)
    stories = [_build_story([seen[item_id] for item_id in group], by_item) for group in groups]
    return sorted(stories, key=lambda story: story.story_id)


def _is_sure(link: Link) -> bool:
    return not link.reason.startswith((TRANSLATION, SAME_EVENT))


def join_pairs(ids: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The ids in groups, two of a pair in one; an id of a pair that is not among them counts too."""
    root = {item_id: item_id for item_id in ids}

    def find(item_id: str) -> str:
        while (above := root.setdefault(item_id, item_id)) != item_id:
            root[item_id] = root[above]
            item_id = above
        return item_id

    for pair in pairs:
        first, second = order_pair(find(pair[0]), find(pair[1]))
        root[second] = first
    groups: dict[str, list[str]] = defaultdict(list)
    for item_id in root:
        groups[find(item_id)].append(item_id)
    return list(groups.values())


def _join_close(groups: list[list[str]], links: Iterable[Link], share: float) -> list[list[str]]:
    """Groups joined two by two, the closest first, where links hold at least ``share`` of the pairs between them."""
    place = {item_id: number for number, group in enumerate(groups) for item_id in group}
    members = dict(enumerate(groups))
    between: dict[int, dict[int, tuple[int, float]]] = defaultdict(dict)  # the links of two groups, their similarities
    for link in sorted(links, key=lambda link: (link.a, link.b)):
        one, other = place[link.a], place[link.b]
        if one != other:
            count, weight = between[one].get(other, (0, 0.0))
            between[one][other] = between[other][one] = (count + 1, weight + link.similarity)

    def weigh(one: int, other: int) -> tuple[float, int, int]:
        pairs = len(members[one]) * len(members[other])
        return -between[one][other][1] / pairs, min(one, other), max(one, other)

    heap = [weigh(one, other) for one in between for other in between[one] if one < other]
    heapify(heap)
    while heap:
        entry = heappop(heap)
        _, one, other = entry
        if other not in between.get(one, ()) or weigh(one, other) != entry:
            continue  # joined or grown since; what holds now is in the heap too
        if between[one][other][0] < share * len(members[one]) * len(members[other]):
            continue
        members[one] = members[one] + members.pop(other)
        for third, (count, weight) in between.pop(other).items():
            del between[third][other]
            if third != one:
                held_count, held_weight = between[one].get(third, (0, 0.0))
                between[one][third] = between[third][one] = (held_count + count, held_weight + weight)
        for third in between[one]:
            heappush(heap, weigh(one, third))
    return list(members.values())


def _build_story(members: Sequence[SeenItem], links: Mapping[str, Sequence[Link]]) -> Story:
    ordered = sorted(members, key=lambda seen: (seen.first_seen_at, seen.item_id))
    chosen = min(ordered, key=lambda seen: prefer(seen.item, seen.first_seen_at, seen.item_id))
    ids = {seen.item_id for seen in ordered}
    return Story(
        story_id=ordered[0].item_id,
        item_id=chosen.item_id,
        members=tuple(_build_member(seen.item_id, chosen.item_id, ids, links) for seen in ordered),
    )


class Told(Protocol):
    """What is read of an item to choose the one that tells a story."""

    @property
    def kind(self) -> ItemKind: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def details(self) -> Details: ...
    @property
    def published_at(self) -> datetime | None: ...


def prefer(told: Told, first_seen_at: datetime, item_id: str) -> tuple[object, ...]:
    """The order in which items are fit to tell their story, the fittest first.

    What has dates before what tells of it, papers before press, the published version before the preprint, the fuller
    text, the earlier, then the id.
    """
    paper = told.details if isinstance(told.details, Paper) else None
    return (
        told.kind not in ("event", "course"),
        told.kind != "paper",
        bool(paper and paper.is_preprint),
        is_notice(told.title),
        -min(len(told.summary), 600) // 100,
        told.published_at or first_seen_at,
        item_id,
    )


def _build_member(item_id: str, chosen: str, ids: set[str], links: Mapping[str, Sequence[Link]]) -> Member:
    """A member with the link that says most about it: to the representative if there is one, else its strongest."""
    if item_id == chosen:
        return Member(item_id, "same", 1.0, "")
    own = [link for link in links.get(item_id, ()) if link.a in ids and link.b in ids]
    best = min(
        own,
        key=lambda link: (chosen not in (link.a, link.b), link.relation != "same", -link.similarity, link.a, link.b),
    )
    return Member(item_id, best.relation, best.similarity, best.reason)
