"""What a judgement reads of an item, once: its title folded, its words, numbers and names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from veille.rank.words import split_words
from veille.stories.closeness import Scale
from veille.stories.keys import name_mentioned, name_work
from veille.stories.titles import GENERIC, STOP, find_counter, fold_title, is_notice
from veille.values import Item, Paper, SeenItem


@dataclass(frozen=True, slots=True)
class Facts:
    """What a judgement reads of an item, prepared once."""

    item: Item
    item_id: str
    title: str  # folded
    words: frozenset[str]  # of the title, without numbers and the smallest words
    counters: frozenset[str]  # numbers, months and parts of the title
    weights: Mapping[str, float]
    norm: float
    authors: frozenset[str]
    when: datetime
    year: int | None
    site: str  # the host of its address
    language: str  # without region; empty when unknown
    names: frozenset[str]  # its own identifiers, and
    mentioned: frozenset[str]  # those of the work that it is about
    specific: int  # words of the title that say more than what sort of piece it is
    notice: bool  # tells that a work was retracted or corrected
    grams: frozenset[str]  # of three characters of the title, blanks left out: they survive typos and glued words


def read_facts(seen: SeenItem, scale: Scale) -> Facts:
    item = seen.item
    title = fold_title(item.title)
    tokens = title.split()
    counters = frozenset(counter for token in tokens if (counter := find_counter(token)))
    words = frozenset(token for token in tokens if token not in STOP and not find_counter(token))
    weights = {word: scale.rarity.get(word, 1.0) for word in words}
    paper = item.details if isinstance(item.details, Paper) else None
    return Facts(
        item=item,
        item_id=item.item_id,
        title=title,
        words=words,
        counters=counters,
        weights=weights,
        norm=math.sqrt(sum(weight * weight for weight in weights.values())),
        authors=frozenset(word for author in item.authors for word in split_words(author) if len(word) > 2),
        when=item.published_at or seen.first_seen_at,
        year=paper.year if paper else None,
        site=(urlsplit(item.canonical_url).hostname or "") if item.canonical_url else "",
        language=(item.language or "").partition("-")[0].lower(),
        names=name_work(item),
        mentioned=name_mentioned(item),
        specific=len(words - GENERIC),
        notice=is_notice(item.title),
        grams=_grams(title.replace(" ", "")),
    )


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 3] for at in range(max(1, len(text) - 2)))
