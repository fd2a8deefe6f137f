"""Which items tell the same thing: keys that find candidates, a judgement of each pair, and stories made of the links.

Three bands, the surest first:

1. *identity*: a shared identifier or canonical address;
2. *same text or work*: the same text elsewhere, the preprint and its article, the translation;
3. *same event told by others*: close in meaning, sharing rare words, within `EVENT_WINDOW`.

A link is a function of two items and of a `Scale`, never of what is already linked nor of the order of arrival;
a story is a function of its items and their links. So stories built day by day equal those built at once.
A wrong merge hides news, so what differs by an edition, a month, a number or a part is told apart before all else.

Cosines here are never raw: vectors are first centred on their language (`centre`), which takes out what all texts of
a model and a language have in common. Unrelated texts are then near 0 whatever the model.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from veille.rank.words import STOP_WORDS, split_words
from veille.values import Course, Event, Item, Link, Member, Paper, Relation, SeenItem, Story, short_hash

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

EVENT_WINDOW = timedelta(days=10)
REPRINT_WINDOW = timedelta(days=60)
CROWD = 50  # a key that more items share says nothing
NEAR_FLOOR = 0.35  # centred cosine below which no pair is looked at
TRANSLATION_COSINE = 0.35
TRANSLATION_MARGIN = 0.05
EVENT_EVIDENCE = 0.8  # centred cosine and 0.6 of the overlap of the titles
SHARE = 0.51  # of the pairs between two groups that links by meaning must hold to join them
TRANSLATION = "translation"
SAME_EVENT = "same event: "


@dataclass(frozen=True, slots=True)
class Near:
    """How close two vectors are: the centred cosine, and how far it exceeds what surrounds the two (`find_close`)."""

    cosine: float
    margin: float


@dataclass(frozen=True)
class Scale:
    """What is ordinary in a collection: the background against which two items stand out as close.

    ``centres`` are the mean unit vectors by language, ``sample`` centred unit vectors of ordinary items, ``rarity``
    the weight of a word in a title (inverse document frequency, 0 to 1); a word that is not in it is rare.
    """

    centres: Any = None
    sample: Any = None
    rarity: Mapping[str, float] = field(default_factory=dict)


PLAIN = Scale()


# --- what is read from an item, once -------------------------------------------------------------------------------

_BRACKETS = re.compile(r"\[[^\]]*\]|\((?:review|provisional[^)]*|abstract|preprint|vid[eé]o|podcast)\)", re.I)
_NOTICE = re.compile(
    r"^\W*(?:retract(?:ion|ed)(?: note| notice)?|r[eé]tractation|corrigendum|erratum|correction|expression of concern)"
    r"\b(?: (?:to|for|of|à|de)\b)?\W*",
    re.I,
)
_PLACE = re.compile(r"[a-z]*[1-9]\d*")
_PREPRINT = re.compile(r"arxiv|rxiv|\bhal\b|ssrn|preprint|prépublication", re.I)
_ROMAN = re.compile(r"(?=[ivx])(x{0,3})(ix|iv|v?i{0,3})$")
_MONTHS = {
    name: f"month {number}"
    for number, names in enumerate(
        (
            "janvier january jan",
            "fevrier february feb fev",
            "mars march",
            "avril april avr apr",
            "mai may",
            "juin june",
            "juillet july juil jul",
            "aout august aug",
            "septembre september sept sep",
            "octobre october oct",
            "novembre november nov",
            "decembre december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_STOP = STOP_WORDS["fr"] | STOP_WORDS["en"]


def fold_title(title: str) -> str:
    """The words of a title in lower case without accents, without the brackets and notices that databases add."""
    bare = _NOTICE.sub("", _BRACKETS.sub(" ", title)) or title
    return " ".join(split_words(bare))


@dataclass(frozen=True, slots=True)
class _Facts:
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
    grams: frozenset[str]  # of three characters of the title, blanks left out: they survive typos and glued words


def _read_facts(seen: SeenItem, scale: Scale) -> _Facts:
    item = seen.item
    title = fold_title(item.title)
    tokens = title.split()
    counters = frozenset(counter for token in tokens if (counter := _counter(token)))
    words = frozenset(token for token in tokens if token not in _STOP and not _counter(token))
    weights = {word: scale.rarity.get(word, 1.0) for word in words}
    paper = item.details if isinstance(item.details, Paper) else None
    return _Facts(
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
        grams=_grams(title.replace(" ", "")),
    )


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 3] for at in range(max(1, len(text) - 2)))


def _counter(token: str) -> str | None:
    """What numbers this telling among others: digits, a month, a Roman numeral."""
    if token.isdigit():
        return token.lstrip("0") or "0"
    if token in _MONTHS:
        return _MONTHS[token]
    if len(token) > 1 and _ROMAN.match(token):
        return token
    return None


# --- candidates ----------------------------------------------------------------------------------------------------


def identity_keys(item: Item) -> list[str]:
    """Keys that items of one story may share: identifiers, address, text, and the title whole, by its head and tail.

    Sharing one makes two items candidates, no more. A key of more than `CROWD` items is worth nothing.
    """
    keys = [f"{scheme}:{value.lower()}" for scheme, value in sorted(item.identifiers.items()) if value]
    if item.canonical_url:
        keys.append("url:" + item.canonical_url)
    if item.content_hash and len(item.title) + len(item.summary) >= 60:
        keys.append("text:" + item.content_hash)
    return keys + _title_keys(fold_title(item.title))


def _title_keys(title: str) -> list[str]:
    words = [word for word in title.split() if word not in _STOP]
    if len(words) < 3 or len(title) < 16:
        return []
    keys = ["title:" + short_hash(title)]
    if len(words) >= 5:
        keys += ["head:" + short_hash(*words[:4]), "tail:" + short_hash(*words[-4:])]
    return keys


def _pairs_by_key(new: Sequence[SeenItem], old: Sequence[SeenItem]) -> Iterator[tuple[str, str]]:
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
                        yield _pair(one, other)


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


# --- closeness -----------------------------------------------------------------------------------------------------


def fit_scale(items: Sequence[Item], vectors: Vectors | None = None, most: int = 2000) -> Scale:
    """The `Scale` of a collection, from a sample of its items and their vectors (a row an item).

    With more than ``most`` items, those with the smallest ids are taken: ids are hashes, so this is a fair sample
    that does not depend on the order. A language with few items is drawn towards the centre of all.
    """
    chosen = sorted(range(len(items)), key=lambda row: items[row].item_id)[:most]
    rarity = _fit_rarity([items[row] for row in chosen])
    if vectors is None or len(chosen) < 2:
        return Scale(rarity=rarity)
    import numpy as np

    sample = np.ascontiguousarray(vectors[chosen], dtype=np.float32)
    overall = sample.mean(axis=0)
    rows_by_language: dict[str, list[int]] = defaultdict(list)
    for position, row in enumerate(chosen):
        rows_by_language[items[row].language or ""].append(position)
    centres = [
        (sample[rows].sum(axis=0) + 20 * overall) / (len(rows) + 20)
        for language, rows in sorted(rows_by_language.items())
        if language and len(rows) >= 5
    ]
    scale = Scale(centres=np.stack(centres or [overall]), rarity=rarity)
    return Scale(centres=scale.centres, sample=centre(sample, scale), rarity=rarity)


def _fit_rarity(items: Sequence[Item]) -> dict[str, float]:
    """Inverse document frequency of title words, 1 for a word of one title, towards 0 for a word of all."""
    counts = Counter(word for item in items for word in set(fold_title(item.title).split()))
    whole = math.log(1 + len(items))
    return {word: math.log((1 + len(items)) / count) / whole for word, count in counts.items() if count > 1}


def centre(vectors: Vectors, scale: Scale) -> Vectors:
    """Unit vectors after the nearest language centre was taken out; unchanged without centres."""
    import numpy as np

    if scale.centres is None or not len(vectors):
        return np.asarray(vectors, dtype=np.float32)
    centres = scale.centres
    # The nearest centre by Euclidean distance: |v|² is the same for all.
    nearest = (vectors @ centres.T - 0.5 * (centres * centres).sum(axis=1)).argmax(axis=1)
    moved = vectors - centres[nearest]
    lengths = np.sqrt(np.einsum("ij,ij->i", moved, moved))
    moved /= np.maximum(lengths, 1e-9)[:, None]
    return moved.astype(np.float32, copy=False)  # type: ignore[no-any-return]


def find_near(
    new: Vectors, every: Vectors, floor: float, most: int = 20, scale: Scale = PLAIN
) -> list[tuple[int, int, float]]:
    """Rows of ``every`` (m, d) closest to each row of ``new`` (n, d): (row of new, row of every, cosine >= floor).

    Unit vectors, float32, centred by ``scale``. At most ``most`` a row of new, the closest first.
    """
    import numpy as np

    new = centre(new, scale)
    # Blocks whose products stay in the processor's cache take half the time of one large product.
    blocks = [
        (start, _find_above(new, centre(every[start : start + 1024], scale), floor))
        for start in range(0, len(every), 1024)
    ]
    rows = np.concatenate([found[0] for _, found in blocks] or [np.empty(0, dtype=np.intp)])
    columns = np.concatenate([found[1] + start for start, found in blocks] or [np.empty(0, dtype=np.intp)])
    values = np.concatenate([found[2] for _, found in blocks] or [np.empty(0, dtype=np.float32)])
    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = rank < most
    return list(zip(rows[kept].tolist(), columns[kept].tolist(), values[kept].tolist(), strict=True))


def _find_above(new: Vectors, block: Vectors, floor: float) -> tuple[Any, Any, Any]:
    import numpy as np

    product = new @ block.T
    flat = np.flatnonzero(product >= floor)
    rows, columns = np.divmod(flat, len(block))
    return rows, columns, product.ravel()[flat]


def find_close(
    new: Vectors, every: Vectors, scale: Scale, floor: float = NEAR_FLOOR, most: int = 60
) -> list[tuple[int, int, Near]]:
    """`find_near`, each pair with its margin. ``new`` and ``every`` are the model's unit vectors."""
    near = find_near(new, every, floor, most, scale)
    crowding_new = _crowding_of(new, {row for row, _, _ in near}, scale)
    crowding_every = _crowding_of(every, {column for _, column, _ in near}, scale)
    return [
        (row, column, Near(cosine, cosine - (crowding_new[row] + crowding_every[column]) / 2))
        for row, column, cosine in near
    ]


def _crowding_of(vectors: Vectors, rows: set[int], scale: Scale) -> dict[int, float]:
    ordered = sorted(rows)
    return dict(zip(ordered, measure_crowding(centre(vectors[ordered], scale), scale).tolist(), strict=True))


def measure_crowding(centred: Vectors, scale: Scale, neighbours: int = 5) -> Vectors:
    """How close ordinary items come to each row: the mean cosine of its nearest in the sample, itself left out."""
    import numpy as np

    if scale.sample is None or len(scale.sample) <= neighbours or not len(centred):
        return np.zeros(len(centred), dtype=np.float32)
    product = centred @ scale.sample.T
    product[product > 0.999] = -1
    product.partition(product.shape[1] - neighbours, axis=1)
    return product[:, -neighbours:].mean(axis=1)  # type: ignore[no-any-return]


# --- the judgement of a pair ---------------------------------------------------------------------------------------


def judge_pair(a: SeenItem, b: SeenItem, near: Near | None = None, scale: Scale = PLAIN) -> Link | None:
    """Whether two items tell the same thing, and how it is known; the same whichever comes first."""
    return _judge(_read_facts(a, scale), _read_facts(b, scale), near)


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
    pairs.update(_pairs_by_key(new, old))
    return judge_pairs(pairs, seen, near, scale)


def judge_pairs(
    pairs: Iterable[tuple[str, str]],
    seen: Mapping[str, SeenItem],
    near: Mapping[tuple[str, str], Near],
    scale: Scale = PLAIN,
) -> list[Link]:
    """The links among these pairs of item ids; ``seen`` holds the items, and of ``near`` what is known of a pair."""
    wanted = sorted({pair for pair in pairs if pair[0] != pair[1]})
    facts = {item_id: _read_facts(seen[item_id], scale) for item_id in {item_id for pair in wanted for item_id in pair}}
    judged = (_judge(facts[a], facts[b], near.get((a, b))) for a, b in wanted)
    return [link for link in judged if link]


def _judge(a: _Facts, b: _Facts, near: Near | None) -> Link | None:
    a, b = (a, b) if a.item_id < b.item_id else (b, a)
    if a.item_id == b.item_id:
        return None
    found = _same_identity(a, b) or (None if _told_apart(a, b) else _same_work(a, b, near) or _same_event(a, b, near))
    return Link(a.item_id, b.item_id, *found) if found else None


Finding = tuple[Relation, float, str]


def _same_identity(a: _Facts, b: _Facts) -> Finding | None:
    for scheme, value in sorted(a.item.identifiers.items()):
        if value and b.item.identifiers.get(scheme, "").lower() == value.lower():
            if _contradicts(a, b):
                return None
            told = (a.item.kind == "paper") != (b.item.kind == "paper") and _overlap(a, b) < 0.5
            return "about" if told else "same", 1.0, f"{scheme} {value}"
    if a.item.canonical_url and a.item.canonical_url == b.item.canonical_url:
        return "same", 1.0, "same address"
    return None


def _contradicts(a: _Facts, b: _Facts) -> bool:
    """A wrong identifier in one record: two papers of other authors, in other years, under other titles."""
    both_known = a.authors and b.authors and a.year and b.year
    return bool(both_known and not a.authors & b.authors and a.year != b.year and _overlap(a, b) < 0.3)


def _told_apart(a: _Facts, b: _Facts) -> bool:
    """Two of a series: titles alike but for a number, a month or a part; or runs of a course, editions of an event."""
    if isinstance(a.item.details, Event | Course) and isinstance(b.item.details, Event | Course):
        starts = (a.item.details.starts_on, b.item.details.starts_on)
        if None not in starts and starts[0] != starts[1]:
            return True
    return bool(a.counters - b.counters and b.counters - a.counters) and _overlap(a, b) >= 0.5


def _overlap(a: _Facts, b: _Facts) -> float:
    """Cosine of the titles' words, each weighted by its rarity; 0 to 1."""
    if not a.norm or not b.norm:
        return 0.0
    shared = a.words & b.words
    return sum(a.weights[word] ** 2 for word in shared) / (a.norm * b.norm)


def _agree(a: frozenset[str], b: frozenset[str]) -> float | None:
    """Share of the smaller set that the larger one has; None when one is empty."""
    return len(a & b) / min(len(a), len(b)) if a and b else None


def _same_work(a: _Facts, b: _Facts, near: Near | None) -> Finding | None:
    if isinstance(a.item.details, Paper) and isinstance(b.item.details, Paper):
        evidence = _weigh_works(a, b)
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


def _weigh_works(a: _Facts, b: _Facts) -> float:
    """Log-odds that two bibliographic records are of one work; more than 0 says that they are.

    The weights are those of a logistic regression over pairs of records of several bibliographic databases, each
    database counting the same, rounded to halves.
    """
    shared = len(a.grams & b.grams)
    evidence = -13.0 + 7.5 * 2 * shared / (len(a.grams) + len(b.grams))
    evidence += 6.5 * shared / min(len(a.grams), len(b.grams))
    authors = _agree(a.authors, b.authors)
    evidence += 0.5 if authors is None else 3.0 * authors
    evidence -= 5.0 * max(0.0, 1 - min(len(a.words), len(b.words)) / 4)
    if a.year and b.year and a.year != b.year:
        versions = abs(a.year - b.year) == 1 and (_is_preprint(a) or _is_preprint(b))
        evidence -= 1.0 if versions else 4.0
    evidence += _compare(_place(a, "volume"), _place(b, "volume"), 1.0, -3.0)
    return evidence + _compare(_place(a, "pages"), _place(b, "pages"), 1.0, -2.5)


def _compare(one: str | None, other: str | None, same: float, different: float) -> float:
    return 0.0 if one is None or other is None else same if one == other else different


def _place(facts: _Facts, name: str) -> str | None:
    """The first number of the volume or pages with its letters: ``s212`` of `S212-S216`."""
    found = _PLACE.search((getattr(facts.item.details, name, None) or "").lower())
    return found.group() if found else None


def _is_preprint(facts: _Facts) -> bool:
    paper = facts.item.details
    return isinstance(paper, Paper) and bool(paper.is_preprint or _PREPRINT.search(paper.venue or ""))


def _translates(a: _Facts, b: _Facts, near: Near) -> bool:
    """One text in two languages: nearer to each other than what is around either of them."""
    return (
        a.item.language != b.item.language and near.margin >= TRANSLATION_MARGIN and near.cosine >= TRANSLATION_COSINE
    )


def _reprint(a: _Facts, b: _Facts) -> bool:
    """One text in two places; a source that repeats a title starts a new one each time."""
    if min(len(a.words), len(b.words)) < 3:
        return False
    window = timedelta(days=1) if a.item.source_id == b.item.source_id else REPRINT_WINDOW
    return abs(a.when - b.when) <= window


def _same_event(a: _Facts, b: _Facts, near: Near | None) -> Finding | None:
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


# --- stories -------------------------------------------------------------------------------------------------------


def build_stories(items: Sequence[SeenItem], links: Sequence[Link], share: float = SHARE) -> list[Story]:
    """The stories that these items make by these links, whatever the order of either.

    Links by identity, text or record join at once. Links by meaning (translations, tellings of one event) are
    weighed between the groups so made, the closest first: two groups become one when at least ``share`` of the pairs
    between them are linked. So a bridge cannot chain two stories. An item without links is its own story.
    """
    seen = {one.item_id: one for one in items}
    held = [link for link in links if link.a in seen and link.b in seen]
    groups = _join_sure(sorted(seen), (link for link in held if _is_sure(link)))
    groups = _join_close(groups, (link for link in held if not _is_sure(link)), share)
    by_item: dict[str, list[Link]] = defaultdict(list)
    for link in held:
        by_item[link.a].append(link)
        by_item[link.b].append(link)
    stories = [_build_story([seen[item_id] for item_id in group], by_item) for group in groups]
    return sorted(stories, key=lambda story: story.story_id)


def _is_sure(link: Link) -> bool:
    return not link.reason.startswith((TRANSLATION, SAME_EVENT))


def _join_sure(ids: Sequence[str], links: Iterable[Link]) -> list[list[str]]:
    root = {item_id: item_id for item_id in ids}

    def find(item_id: str) -> str:
        while root[item_id] != item_id:
            root[item_id] = root[root[item_id]]
            item_id = root[item_id]
        return item_id

    for link in links:
        first, second = _pair(find(link.a), find(link.b))
        root[second] = first
    groups: dict[str, list[str]] = defaultdict(list)
    for item_id in ids:
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
    chosen = min(ordered, key=_preference)
    ids = {seen.item_id for seen in ordered}
    return Story(
        story_id=ordered[0].item_id,
        item_id=chosen.item_id,
        members=tuple(_build_member(seen.item_id, chosen.item_id, ids, links) for seen in ordered),
    )


def _preference(seen: SeenItem) -> tuple[object, ...]:
    """What has dates before what tells of it, papers before press, the published version before the preprint, the
    fuller text, the earlier, then the id."""
    item = seen.item
    paper = item.details if isinstance(item.details, Paper) else None
    return (
        item.kind not in ("event", "course"),
        item.kind != "paper",
        bool(paper and paper.is_preprint),
        bool(_NOTICE.match(item.title)),
        -min(len(item.summary), 600) // 100,
        item.published_at or seen.first_seen_at,
        seen.item_id,
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
