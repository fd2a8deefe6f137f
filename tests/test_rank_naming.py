"""A topic's name, said in full."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from veille.config import Topic
from veille.rank.background import Neutral, parse_neutral
from veille.rank.features import read_features
from veille.rank.fitting import fit_background
from veille.rank.fusing import MOST_KEYWORD
from veille.rank.naming import APART, find_named, parse_name, weigh_named
from veille.rank.reading import ItemText, read_text

MACHINE_LEARNING = Topic(id="aa", name="L'apprentissage automatique")
SENTENCES = parse_neutral(files("veille.rank").joinpath("background.txt").read_text(encoding="utf-8"))


def stems(title: str, language: str, summary: str = "") -> list[str]:
    return read_text(ItemText("0", title, summary, language)).stems


@pytest.mark.parametrize(
    ("language", "title", "said"),
    [
        ("fr", "Apprentissage automatique : un cours", 1.0),
        ("en", "Machine learning in class", 1.0),  # the words turn with the language
        ("fr", "La correction automatique freine-t-elle l'apprentissage ?", APART),
        ("fr", "L'apprentissage de la lecture", 0.0),
        ("en", "Machines in class", 0.0),
    ],
)
def test_a_name_is_said_by_all_its_words_and_best_side_by_side(language: str, title: str, said: float) -> None:
    """Half of a name is nothing; all of it counts, in either language, and in full where it stands together."""
    assert find_named([stems(title, language)], [parse_name(MACHINE_LEARNING)]).tolist() == [[said]]


def test_the_words_of_a_name_may_be_in_title_and_summary() -> None:
    """A title that says a part and a summary that says the rest say the name together."""
    document = stems("L'apprentissage au lycée", "fr", "Une évaluation automatique des copies.")
    assert find_named([document], [parse_name(MACHINE_LEARNING)]).tolist() == [[APART]]


def test_a_name_of_several_words_is_said_link_by_link() -> None:
    """Each word must stand beside the next one of the name; that all of them do so with some word is not enough."""
    name = parse_name(Topic(id="ts", name="traduction automatique statistique"))
    whole, broken = "La traduction automatique statistique", "Traduction automatique : bilan statistique"
    assert find_named([stems(whole, "fr"), stems(broken, "fr")], [name]).tolist() == [[1.0], [APART]]


def test_without_vectors_a_name_is_read_as_written() -> None:
    """Where no vector tells which of a word's meanings is meant, its translations say nothing."""
    documents = [stems("Machine learning in class", "en"), stems("Apprentissage automatique", "fr")]
    assert find_named(documents, [parse_name(MACHINE_LEARNING, translated=False)]).tolist() == [[0.0], [1.0]]


def test_a_name_without_words_is_never_said() -> None:
    """A name of function words or signs alone is in no text, and no text is no problem."""
    names = [parse_name(Topic(id="a", name="Et alors ?")), parse_name(MACHINE_LEARNING)]
    assert names[0] == []
    assert find_named([stems("Et alors ?", "fr"), []], names).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_rare_name_adds_more_than_a_common_one() -> None:
    """What all of the collection says adds nothing; below one in a hundred, rarer is no better."""
    common, rare, rarer = weigh_named(np.ones((1, 3), np.float32), [1.0, 0.01, 0.0])[0]
    assert common == 0 < rare == rarer < MOST_KEYWORD


def build_items(*titles: str) -> list[ItemText]:
    return [ItemText(str(row), title, "", "fr") for row, title in enumerate(titles)]


def test_who_says_the_name_stands_above_who_says_as_many_of_its_words() -> None:
    """Of two texts with the same share of a topic's words, the one that says its name comes first."""
    said = build_items("Apprentissage automatique au lycée", "Apprentissage, apprentissage au lycée")
    items = [*said, *build_items(*SENTENCES[:40])]
    background = fit_background(items, None, (MACHINE_LEARNING,), None, Neutral(SENTENCES))
    features = read_features(said, None, (MACHINE_LEARNING,), None, background)
    assert features.keywords[0, 0] > 1 > features.keywords[1, 0] == 0
    assert features.fused[0, 0] > features.fused[1, 0] + 1


def test_keywords_and_name_together_add_no_more_than_the_most() -> None:
    """Whoever lists the name as a keyword besides gains little."""
    topic = Topic(id="aa", name="Apprentissage automatique", keywords=("apprentissage automatique", "lycée", "machine"))
    items = build_items("L'apprentissage automatique au lycée, par une machine", *SENTENCES[:40])
    background = fit_background(items, None, (topic,), None, Neutral(SENTENCES))
    assert read_features(items[:1], None, (topic,), None, background).keywords[0, 0] == MOST_KEYWORD
