"""Figures of what was said against what is right. Pure, and the only place that sees the two together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

Figures = dict[str, float]

CLASS_AT_LEAST = 20  # examples of a study design in a file; what is rarer counts as `other`
OTHER = "other"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ranked:
    """An item for a topic: what was said of it, and whether it is relevant. ``item_id`` breaks ties."""

    item_id: str
    score: float
    flagged: bool
    relevant: bool


def measure_counts(right: int, said: int, gold: int) -> Figures:
    """Precision, recall and F1 of ``said`` findings of which ``right`` are among the ``gold`` ones; 0 for 0 of 0."""
    precision, recall = right / max(1, said), right / max(1, gold)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def measure_pairs(gold: Sequence[bool], said: Sequence[bool]) -> Figures:
    """Precision, recall and F1 of the pairs said to be the same."""
    return measure_counts(sum(g and s for g, s in zip(gold, said, strict=True)), sum(said), sum(gold))


def measure_groups(gold: Sequence[Hashable], said: Sequence[Hashable]) -> Figures:
    """Figures over all pairs of items, and B-cubed F1 (Bagga and Baldwin 1998): the mean over items of how much of
    its group belongs there, and how much of what belongs there is in it."""
    both = Counter(zip(gold, said, strict=True))
    in_gold, in_said = Counter(gold), Counter(said)

    def pairs(counts: Counter[Any]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    precision = sum(count * count / in_said[key[1]] for key, count in both.items()) / len(gold)
    recall = sum(count * count / in_gold[key[0]] for key, count in both.items()) / len(gold)
    figures = measure_counts(pairs(both), pairs(in_said), pairs(in_gold))
    return {**figures, "b3_f1": 2 * precision * recall / (precision + recall)}


def measure_rankings(topics: Mapping[str, Sequence[Ranked]]) -> dict[str, Any]:
    """All figures of the judged items of each topic: the means, the marks, those of each topic, and for want of which
    judgements a topic has none."""
    figures = measure_topics(topics)
    return {
        **find_mean(list(figures.values())),
        **measure_marks(topics),
        "judged": sum(map(len, topics.values())),
        "topics": {topic_id: _tell_topic(topics[topic_id], one) for topic_id, one in figures.items()},
        "left_out": {
            topic_id: {"judged": len(ranked), "why": _say_why(ranked)}
            for topic_id, ranked in topics.items()
            if topic_id not in figures
        },
    }


def _tell_topic(ranked: Sequence[Ranked], figures: Figures) -> Figures:
    """What they rest on, and the figures. Without a flag there is no precision of it: the mean counts that as 0."""
    told = {"judged": len(ranked), "relevant": sum(one.relevant for one in ranked), **figures}
    if not any(one.flagged for one in ranked):
        del told["relevant_precision"]
    return told


def _say_why(ranked: Sequence[Ranked]) -> str:
    if not ranked:
        return "nothing is judged"
    return f"{'all' if ranked[0].relevant else 'nothing'} that is judged is relevant"


def measure_topics(topics: Mapping[str, Sequence[Ranked]]) -> dict[str, Figures]:
    """`measure_topic` for each topic that has both relevant and other items."""
    return {
        topic_id: measure_topic(ranked)
        for topic_id, ranked in topics.items()
        if 0 < sum(one.relevant for one in ranked) < len(ranked)
    }


def measure_topic(ranked: Sequence[Ranked]) -> Figures:
    """Of one topic's items, some relevant and some not: nDCG of the first ten (binary gains), ROC AUC, recall in the
    first fifth, work saved over sampling at 95 % recall (Cohen et al. 2006), precision and recall of the flag."""
    ordered = sorted(ranked, key=lambda one: (-one.score, one.item_id))
    places = [place for place, one in enumerate(ordered, 1) if one.relevant]
    flagged = measure_pairs([one.relevant for one in ordered], [one.flagged for one in ordered])
    found_at = places[-(-19 * len(places) // 20) - 1]  # where 95 % of them are found
    return {
        "ndcg10": sum(1 / log2(place + 1) for place in places if place <= 10)
        / sum(1 / log2(place + 1) for place in range(1, min(10, len(places)) + 1)),
        "auc": measure_auc(ranked),
        "recall20": sum(place <= -(-len(ordered) // 5) for place in places) / len(places),
        "wss95": 1 - found_at / len(ordered) - 0.05,
        "relevant_precision": flagged["precision"],
        "relevant_recall": flagged["recall"],
    }


def measure_marks(topics: Mapping[str, Sequence[Ranked]]) -> Figures:
    """Precision and recall of the flag over all topics' items together, so that each mark counts once.

    Precision needs a mark and both kinds of items, or it could be nothing but 0 or 1; recall needs something relevant.
    """
    marks = [one for ranked in topics.values() for one in ranked]
    relevant, said = [one.relevant for one in marks], [one.flagged for one in marks]
    flagged = measure_pairs(relevant, said)
    figures = {"marks_precision": flagged["precision"]} if any(said) and any(relevant) and not all(relevant) else {}
    return figures | ({"marks_recall": flagged["recall"]} if any(relevant) else {})


def measure_auc(ranked: Sequence[Ranked]) -> float:
    """How often a relevant item scores above one that is not; equal scores count half."""
    counts: dict[float, list[int]] = {}
    for one in ranked:
        counts.setdefault(one.score, [0, 0])[one.relevant] += 1
    below = right = 0.0
    for _, (others, relevant) in sorted(counts.items()):
        right += relevant * (below + others / 2)
        below += others
    return right / (below * (len(ranked) - below))


def find_mean(figures: Sequence[Figures]) -> Figures:
    """The mean of each figure; empty for none."""
    return {name: sum(one[name] for one in figures) / len(figures) for name in figures[0]} if figures else {}


def measure_classes(gold: Sequence[str], said: Sequence[str]) -> dict[str, Any]:
    """Macro-F1, the share that was abstained on, and the figures of each class.

    Classes are those with at least `CLASS_AT_LEAST` examples, and `other`, which every other answer and label
    counts as.
    """
    common = {design for design, count in Counter(gold).items() if count >= CLASS_AT_LEAST} - {OTHER}
    right, answers = ([design if design in common else OTHER for design in designs] for designs in (gold, said))
    classes: dict[str, Figures] = {}
    for design in (*sorted(common), OTHER):
        wanted, given = ([one == design for one in designs] for designs in (right, answers))
        classes[design] = {**measure_pairs(wanted, given), "examples": sum(wanted)}
    return {
        "macro_f1": sum(one["f1"] for one in classes.values()) / len(classes),
        "abstained": sum(design == UNKNOWN for design in said) / len(said),
        "classes": classes,
    }


def measure_accuracy(gold: Sequence[str], said: Sequence[str | None], of: frozenset[str]) -> float:
    """The share of right answers on the lines whose label is one of ``of``; 0 where there are none."""
    counted = [(g, s) for g, s in zip(gold, said, strict=True) if g in of]
    return sum(g == s for g, s in counted) / max(1, len(counted))
