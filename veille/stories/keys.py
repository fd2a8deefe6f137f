"""Keys that items which tell the same may share, so that few pairs need to be judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from veille.items.identifiers import (
    ARXIV_ADDRESS,
    ARXIV_NAME,
    DOI,
    HAL_ADDRESS,
    HAL_NAME,
    STATED_ARXIV,
    bare_doi,
    bare_identifier,
)
from veille.stories.titles import STOP, fold_title
from veille.values import Item, SeenItem, short_hash

CROWD = 50  # a key that more items share says nothing


def identity_keys(item: Item) -> list[str]:
    """Keys that items of one story may share: identifiers, address, text, and the title whole, by its head and tail.

    Sharing one makes two items candidates, no more. A key of more than `CROWD` items is worth nothing.
    """
    keys = sorted(name_work(item))
    keys += sorted(name_mentioned(item).difference(keys))
    if item.canonical_url:
        keys.append("url:" + item.canonical_url)
    if item.content_hash and len(item.title) + len(item.summary) >= 60:
        keys.append("text:" + item.content_hash)
    return keys + _title_keys(fold_title(item.title))


def name_work(item: Item) -> frozenset[str]:
    """The item's own identifiers, as ``scheme:value``."""
    return frozenset(f"{scheme}:{value.lower()}" for scheme, value in item.identifiers.items() if value)


def name_mentioned(item: Item) -> frozenset[str]:
    """The one work that a piece is about by its own words, as `name_work` names it; none of a list of several.

    A paper mentions others to build on them.
    """
    mentioned = frozenset() if item.kind == "paper" else find_mentions(f"{item.title} {item.summary}")
    schemes = [name.partition(":")[0] for name in mentioned]
    return mentioned if len(schemes) == len(set(schemes)) else frozenset()


def find_mentions(text: str) -> frozenset[str]:
    """The DOI, arXiv and HAL identifiers that a text states or links to, as ``scheme:value``."""
    found: set[str] = set()
    lowered = text.lower()
    if "10." in text:
        found.update("doi:" + bare_doi(doi) for doi in DOI.findall(text))
    if "arxiv" in lowered:
        for pattern in (ARXIV_ADDRESS, ARXIV_NAME, STATED_ARXIV):
            found.update(_name("arxiv", number) for number in pattern.findall(text))
    if "hal" in lowered:
        for pattern in (HAL_ADDRESS, HAL_NAME):
            found.update(_name("hal", number) for number in pattern.findall(text))
    return frozenset(found)


def _name(scheme: str, value: str) -> str:
    return f"{scheme}:{(bare_identifier(scheme, value) or value).lower()}"


def _title_keys(title: str) -> list[str]:
    words = [word for word in title.split() if word not in STOP]
    if len(words) < 3 or len(title) < 16:
        return []
    keys = ["title:" + short_hash(title)]
    if len(words) >= 5:
        keys += ["head:" + short_hash(*words[:4]), "tail:" + short_hash(*words[-4:])]
    return keys


def find_pairs(new: Sequence[SeenItem], old: Sequence[SeenItem]) -> Iterator[tuple[str, str]]:
    """Pairs that share a key and have at least one new item."""
    fresh = {seen.item_id for seen in new}
    holders: dict[str, list[str]] = defaultdict(list)
    for seen in {seen.item_id: seen for seen in (*old, *new)}.values():
        for key in identity_keys(seen.item):
            holders[key].append(seen.item_id)
    for ids in holders.values():
        if 1 < len(ids) <= CROWD:
            for position, one in enumerate(ids):
                for other in ids[position + 1 :]:
                    if one in fresh or other in fresh:
                        yield order_pair(one, other)


def order_pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
