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

from veille.stories.closeness import (
    NEAR_FLOOR,
    PLAIN,
    Ground,
    Near,
    Scale,
    build_record,
    centre,
    find_nearest,
    find_stretch,
    find_thresholds,
    fit_scale,
    measure_crowding,
    parse_record,
)
from veille.stories.group import build_stories, join_pairs
from veille.stories.judge import RULES, find_links, judge_pair, judge_pairs
from veille.stories.keys import CROWD, find_mentions, identity_keys
from veille.stories.neighbours import find_neighbours
from veille.stories.titles import fold_title

__all__ = [
    "CROWD",
    "NEAR_FLOOR",
    "PLAIN",
    "RULES",
    "Ground",
    "Near",
    "Scale",
    "build_record",
    "build_stories",
    "centre",
    "find_links",
    "find_mentions",
    "find_nearest",
    "find_neighbours",
    "find_stretch",
    "find_thresholds",
    "fit_scale",
    "fold_title",
    "identity_keys",
    "join_pairs",
    "judge_pair",
    "judge_pairs",
    "measure_crowding",
    "parse_record",
]
