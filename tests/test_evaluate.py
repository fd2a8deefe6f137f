"""Measuring quality: labelled files, figures against values worked out by hand, and the command."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from veille.cli import run_command
from veille.evaluate import MEASURES, Measured, Setting
from veille.evaluate.figures import (
    Ranked,
    measure_accuracy,
    measure_classes,
    measure_counts,
    measure_groups,
    measure_marks,
    measure_rankings,
    measure_topic,
    measure_topics,
)
from veille.evaluate.labelled import (
    LabelledFileError,
    parse_evidence,
    parse_language,
    parse_pairs,
    parse_ranking,
    parse_stories,
)
from veille.evaluate.simulate import choose_row, simulate_clicks
from veille.evaluate.vectors import RememberingEmbedder
from veille.rank.words import split_words
from veille.values import Paper, short_hash

CASES = Path(__file__).parent / "cases" / "evaluate"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
DIMENSIONS = 64


class WordEmbedder:
    """A hand-written model: a text's vector counts its words, each at a place of its own hash."""

    model = "words"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_passages(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.texts += texts
        (on_progress or (lambda _done: None))(len(texts))
        vectors = np.full((len(texts), DIMENSIONS), 0.1, np.float32)
        for row, text in enumerate(texts):
            for word in split_words(text):
                vectors[row, int(short_hash(word), 16) % DIMENSIONS] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.embed_passages(texts)


def read(name: str) -> str:
    return (CASES / name).read_text("utf-8")


def measure(kind: str, name: str, clicks: int = 0) -> Measured:
    return MEASURES[kind](read(name), Setting(WordEmbedder(), NOW, clicks))


# --- figures, worked out by hand -----------------------------------------------------------------------------------


def test_pairs_have_precision_recall_and_f1() -> None:
    """Three of four said are right, of six there are: 3/4, 3/6, and their harmonic mean; nothing of nothing is 0."""
    assert measure_counts(3, 4, 6) == pytest.approx({"precision": 0.75, "recall": 0.5, "f1": 0.6})
    assert measure_counts(0, 0, 0) == {"precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_groups_are_measured_by_pairs_and_by_items() -> None:
    """aab|bc for aa|bbc: of the pairs said 1 of 4 is right, of 2 gold ones; B-cubed counts each item's group."""
    figures = measure_groups(["a", "a", "b", "b", "c"], [1, 1, 1, 2, 2])
    precision, recall = (2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5, (1 + 1 + 1 / 2 + 1 / 2 + 1) / 5
    b3_f1 = 2 * precision * recall / (precision + recall)
    assert figures == pytest.approx({"precision": 1 / 4, "recall": 1 / 2, "f1": 1 / 3, "b3_f1": b3_f1})


def test_a_ranking_is_measured_as_worked_out_by_hand() -> None:
    """Relevant items at the places 1 and 4 of 10, three flagged."""
    ranked = [Ranked(f"i{place}", 1 - place / 10, place <= 3, place in (1, 4)) for place in range(1, 11)]
    assert measure_topic(ranked) == pytest.approx(
        {
            "ndcg10": (1 + 1 / log2(5)) / (1 + 1 / log2(3)),
            "auc": (8 + 6) / 16,
            "recall20": 1 / 2,
            "wss95": 0.6 - 0.05,
            "relevant_precision": 1 / 3,
            "relevant_recall": 1 / 2,
        }
    )


def test_each_mark_counts_once_over_all_topics() -> None:
    """One right mark of one, and one of three in a topic with two more to find: 2 of 4 marks, 2 of 4 relevant items."""
    one = [Ranked("a", 0.9, True, True), Ranked("b", 0.1, False, False)]
    other = [Ranked(str(row), 0.9, row < 3, row in (0, 3, 4)) for row in range(6)]
    assert measure_marks({"one": one, "other": other}) == {"marks_precision": 0.5, "marks_recall": 0.5}


def test_equal_scores_count_half_and_ties_fall_by_id() -> None:
    """Where all score the same the AUC is a half, and the order of the file has no part in the rest."""
    ranked = [Ranked(name, 0.5, False, name == "b") for name in "dcba"]
    figures = measure_topic(ranked)
    assert figures["auc"] == 0.5
    assert figures == measure_topic(ranked[::-1])
    assert figures["ndcg10"] == pytest.approx(1 / log2(3))


@pytest.mark.parametrize(("relevant", "place"), [(1, 1), (10, 10), (20, 19), (21, 20), (40, 38)])
def test_95_percent_of_the_relevant_are_counted_upwards(relevant: int, place: int) -> None:
    """Work is saved after the place where at least 95 % of them are found."""
    ranked = [Ranked(str(row), -row, False, row < relevant) for row in range(100)]
    assert measure_topic(ranked)["wss95"] == pytest.approx(1 - place / 100 - 0.05)


def test_topics_without_something_to_find_are_left_out() -> None:
    """A topic with no relevant item left, or with nothing else, has no figures."""
    right, wrong = Ranked("a", 1.0, True, True), Ranked("b", 0.0, False, False)
    assert measure_topics({"none": [wrong], "all": [right], "both": [right, wrong], "empty": []}).keys() == {"both"}


def test_what_cannot_be_computed_is_left_out() -> None:
    """A topic with one kind of judgement has no figures and says why; without a flag there is no precision of it."""
    right, wrong = Ranked("a", 0.4, False, True), Ranked("b", 0.1, False, False)
    figures = measure_rankings({"both": [right, wrong], "all": [right], "none": [wrong, wrong], "empty": []})
    assert figures["topics"] == {
        "both": {
            "judged": 2, "relevant": 1, "ndcg10": 1, "auc": 1, "recall20": 1, "wss95": 0.45, "relevant_recall": 0,
        }
    }  # fmt: skip
    assert figures["left_out"] == {
        "all": {"judged": 1, "why": "all that is judged is relevant"},
        "none": {"judged": 2, "why": "nothing that is judged is relevant"},
        "empty": {"judged": 0, "why": "nothing is judged"},
    }
    assert (figures["judged"], figures["marks_recall"]) == (5, 0.0)
    assert "marks_precision" not in figures


def test_marks_of_one_kind_have_no_precision() -> None:
    """Where all that is judged is relevant it could be nothing but 1, where nothing is nothing but 0."""
    assert measure_rankings({"t": [Ranked("a", 0.9, True, True)]}) == {
        "marks_recall": 1.0, "judged": 1, "topics": {},
        "left_out": {"t": {"judged": 1, "why": "all that is judged is relevant"}},
    }  # fmt: skip
    assert measure_marks({"t": [Ranked("a", 0.9, True, False)]}) == {}


def test_rare_classes_and_abstentions_count_as_other() -> None:
    """Only classes of 20 examples count for themselves; `unknown`, and what no class of the file is, is `other`."""
    gold = ["rct"] * 20 + ["opinion"] * 5 + ["other"] * 15
    said = ["rct"] * 16 + ["unknown"] * 4 + ["qualitative"] * 5 + ["rct"] * 4 + ["unknown"] * 11
    figures = measure_classes(gold, said)
    assert figures["classes"] == {
        "rct": pytest.approx({"precision": 0.8, "recall": 0.8, "f1": 0.8, "examples": 20}),
        "other": pytest.approx({"precision": 0.8, "recall": 0.8, "f1": 0.8, "examples": 20}),
    }
    assert figures["macro_f1"] == pytest.approx(0.8)
    assert figures["abstained"] == 15 / 40


def test_only_french_and_english_lines_count() -> None:
    """Any language is allowed as an answer; lines in others are not measured."""
    gold, said = ["fr", "fr", "en", "de"], ["fr", "ca", "en", "nl"]
    assert measure_accuracy(gold, said, frozenset({"fr", "en"})) == pytest.approx(2 / 3)


# --- the simulated reader ------------------------------------------------------------------------------------------


def test_odd_clicks_rate_the_best_and_even_ones_the_least_sure() -> None:
    """The first click goes to the best item, the second to the one nearest to the threshold, none to a rated one."""
    scores = [0.9, 0.2, 0.6, 0.45]
    assert [choose_row(scores, {0, 1, 2, 3}, 1, 0.5), choose_row(scores, {1, 2, 3}, 2, 0.5)] == [0, 3]
    assert choose_row(scores, set(), 3, 0.5) is None


def test_each_click_sees_what_the_ones_before_changed() -> None:
    """After every round of ratings everything is ranked anew; only judged items are rated."""

    said: list[tuple[str, int, bool]] = []

    def rank() -> dict[str, list[float]]:
        return {"t": [0.7, 0.2, 0.4, 0.9] if said else [0.1, 0.2, 0.3, 0.9]}

    ratings = simulate_clicks(
        rank, lambda *answer: said.append(answer), {"t": frozenset({0})}, {"t": frozenset({0, 1, 2})}, 2, 0.5
    )
    assert ratings == {"t": {2: False, 0: True}}
    assert said == [("t", 2, False), ("t", 0, True)]


# --- labelled files ------------------------------------------------------------------------------------------------


def test_a_labelled_line_becomes_the_item_that_a_source_would_tell() -> None:
    """What is known of a record is in its item: authors and identifiers cleaned, a language detected."""
    first, second, *_ = parse_stories(read("stories.jsonl"), NOW).items
    assert (first.kind, first.section, first.language, first.identifiers["doi"]) == (
        "paper", "research", "en", "10.5555/spaced.1",
    )  # fmt: skip
    assert first.details == Paper(venue="Journal of Workshop Learning", year=2024)
    assert first.source_id != second.source_id


@pytest.mark.parametrize(
    ("parse", "name", "labels"),
    [
        (parse_stories, "stories.jsonl", {"story": "another"}),
        (parse_evidence, "evidence.jsonl", {"design": "another"}),
        (parse_language, "language.jsonl", {"language": "xx"}),
        (parse_pairs, "pairs.jsonl", {"same": False, "note": "no matter"}),
    ],
)
def test_no_item_knows_its_label(parse: Callable[[str, datetime], Any], name: str, labels: dict[str, object]) -> None:
    """With other gold labels the items are the same."""
    rows = [json.loads(line) for line in read(name).splitlines()]
    relabelled = parse("\n".join(json.dumps({**row, **labels}) for row in rows), NOW)
    told = parse(read(name), NOW)
    assert getattr(relabelled, "items", None) == getattr(told, "items", None)
    assert getattr(relabelled, "pairs", None) == getattr(told, "pairs", None)
    assert relabelled.gold != told.gold


def test_topics_are_those_of_the_configuration() -> None:
    """A ranking's topics are validated as in organisation.yaml, but for ids, which may be any text."""
    labelled = parse_ranking(read("ranking.json"), NOW)
    assert labelled.topic_ids == ("ia--classe", "open-badges")
    assert labelled.topics[0].keywords == ("robot conversationnel",)
    assert labelled.relevant["open-badges"] == {2, 3}
    assert labelled.judged == {"ia--classe": frozenset(range(6)), "open-badges": frozenset({2, 3, 4, 5})}


def build_told_twice(stories: object) -> str:
    document = {"topics": [{"id": "a", "name": "a"}], "items": [{"id": "b", "title": "b"}, {"id": "d", "title": "d"}]}
    return json.dumps({**document, "relevant": {"a": ["b"]}, "stories": stories})


BROKEN = [
    (parse_stories, "", "line 1: the file is empty"),
    (parse_stories, '{"id": "a", "title": "b", "story": "c"}\n\n{"id": ', "line 3, column 8: not JSON"),
    (parse_stories, '{"id": "a", "title": "b"}', "line 1: no `story`"),
    (parse_stories, '{"id": "a", "title": [], "story": "c"}', "line 1: `title` is []"),
    (parse_stories, '{"id": "a", "authors": "b", "story": "c"}', "line 1: `authors` is 'b'"),
    (parse_stories, "[1]", "line 1: found [1]"),
    (parse_pairs, '{"a": {}, "b": {}, "same": "yes"}', "line 1: `same` is 'yes'"),
    (parse_pairs, '{"a": {"title": "b"}, "same": true}', "line 1: `b` is None"),
    (parse_language, '{"text": "b"}', "line 1: no `language`"),
    (parse_ranking, "[]", "line 1: an object"),
    (
        parse_ranking,
        '{"topics": [{"id": "a", "name": "a", "colour": 1}], "items": [{"id": "b"}]}',
        "topics, entry 0: `c",
    ),
    (parse_ranking, '{"topics": [{"id": "a", "name": "a"}], "items": []}', "`items`: a list"),
    (
        parse_ranking,
        '{"topics": [{"id": "a", "name": "a"}], "items": [{"id": "b"}], "relevant": {"a": ["c"]}}',
        "relevant, a: there is no item 'c'",
    ),
    (parse_ranking, build_told_twice(["b", "d"]), "`stories`: an object"),
    (parse_ranking, build_told_twice({"s": ["b", "c"]}), "stories, s: there is no item 'c'"),
    (parse_ranking, build_told_twice({"s": ["b", "d"], "t": ["d"]}), "stories, t: one of its items is in another"),
    (parse_ranking, build_told_twice({"s": "b"}), "stories, s: found 'b'"),
]


@pytest.mark.parametrize(("parse", "text", "told"), BROKEN)
def test_a_broken_file_is_told_by_its_line(parse: Callable[[str, datetime], Any], text: str, told: str) -> None:
    """What is wrong is said with where it is and what was found."""
    with pytest.raises(LabelledFileError) as caught:
        parse(text, NOW)
    assert str(caught.value).startswith(told)


# --- measuring -----------------------------------------------------------------------------------------------------


def test_stories_are_those_of_a_collection() -> None:
    """One paper in two databases and one piece in two papers are told once, and nothing else is joined."""
    measured = measure("stories", "stories.jsonl")
    assert measured.figures == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "b3_f1": 1.0}
    assert [row["id"] for row in measured.predictions] == ["p1", "p2", "p3", "n1", "n2", "n3"]


def test_pairs_are_judged_one_by_one() -> None:
    """Each pair gets its answer and how sure it is, counted from 0."""
    measured = measure("pairs", "pairs.jsonl")
    assert measured.figures == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert [(row["index"], row["same"]) for row in measured.predictions] == [(0, True), (1, False), (2, True)]
    assert all((row["score"] > 0) is row["same"] for row in measured.predictions)


def test_rankings_are_measured_by_topic_and_on_average() -> None:
    """Every item gets a score for every topic; only judged ones are measured."""
    measured = measure("ranking", "ranking.json")
    assert {(row["topic"], row["id"]) for row in measured.predictions} == {
        (topic, f"r{number}") for topic in ("ia--classe", "open-badges") for number in range(1, 7)
    }
    topics = measured.figures["topics"]
    assert topics["open-badges"]["auc"] == 1.0
    assert measured.figures["auc"] == pytest.approx(sum(one["auc"] for one in topics.values()) / 2)


def measure_document(**changes: object) -> Measured:
    """Of the file of the cases with these parts of it changed."""
    return MEASURES["ranking"](
        json.dumps({**json.loads(read("ranking.json")), **changes}), Setting(WordEmbedder(), NOW)
    )  # fmt: skip


def test_what_is_not_judged_moves_no_figure() -> None:
    """A pair of topic and item that nobody judged is neither right nor wrong, and is not counted."""
    judged = {"ia--classe": ["r1", "r5"], "open-badges": ["r3", "r6"]}
    figures = measure_document(judged=judged, relevant={"ia--classe": ["r1"], "open-badges": ["r3"]}).figures
    besides = measure_document(
        judged=judged, relevant={"ia--classe": ["r1", "r2"], "open-badges": ["r3", "r4"]}
    ).figures
    assert figures == besides
    assert figures["judged"] == 4


def test_items_of_one_story_are_ranked_as_one() -> None:
    """Each has the score of the best of them, as in a digest; the others' scores stay as they were."""

    def score(measured: Measured) -> dict[str, float]:
        return {row["id"]: row["score"] for row in measured.predictions if row["topic"] == "open-badges"}

    alone, together = score(measure_document()), score(measure_document(stories={"s": ["r5", "r3"]}))
    assert alone["r3"] > alone["r5"]
    assert together == {**alone, "r5": alone["r3"]}


def test_nothing_judged_is_told_before_anything_is_embedded() -> None:
    """An empty `judged` for every topic leaves nothing to measure."""
    with pytest.raises(LabelledFileError, match="no item is judged"):
        measure_document(judged={"ia--classe": [], "open-badges": []})


def test_rated_items_leave_the_figures() -> None:
    """After a click for each topic, what was rated is neither measured nor predicted."""
    clicked = {(row["topic"], row["id"]) for row in measure("ranking", "ranking.json", clicks=1).predictions}
    assert len(clicked) == 2 * 5
    assert ("open-badges", "r3") not in clicked or ("open-badges", "r4") not in clicked


def test_measuring_is_a_function_of_the_file() -> None:
    """Measured twice, the figures and predictions are the same."""
    assert measure("ranking", "ranking.json", clicks=2) == measure("ranking", "ranking.json", clicks=2)


def test_study_designs_are_read_as_in_a_collection() -> None:
    """Every abstract gets a design of the contract's list, with the sentence that says so."""
    measured = measure("evidence", "evidence.jsonl")
    assert [(row["id"], row["design"]) for row in measured.predictions] == [
        ("e1", "rct"), ("e2", "systematic-review"), ("e3", "unknown"),
    ]  # fmt: skip
    assert (
        "tiré au sort" in measured.predictions[0]["design_quote"] or "essai" in measured.predictions[0]["design_quote"]
    )
    assert measured.figures["abstained"] == pytest.approx(1 / 3)


# --- vectors that are kept -----------------------------------------------------------------------------------------


def test_a_text_embeds_once(tmp_path: Path) -> None:
    """Vectors are kept by model, task and text; only what is new goes to the model."""
    first, again = WordEmbedder(), WordEmbedder()
    before = RememberingEmbedder(first, tmp_path).embed_passages(["un", "deux", "un"])
    after = RememberingEmbedder(again, tmp_path).embed_passages(["trois", "deux", "un"])
    assert (first.texts, again.texts) == (["un", "deux"], ["trois"])
    assert np.array_equal(before[[1, 0]], after[1:])
    RememberingEmbedder(again, tmp_path).embed_queries(["un"])
    assert again.texts == ["trois", "un"]


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    """What cannot be read is embedded anew and replaced."""
    RememberingEmbedder(WordEmbedder(), tmp_path).embed_passages(["un"])
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(b"PK broken")
    again = WordEmbedder()
    RememberingEmbedder(again, tmp_path).embed_passages(["un"])
    RememberingEmbedder(again, tmp_path).embed_passages(["un"])
    assert again.texts == ["un"]


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command_prints_figures_and_writes_predictions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`veille eval` needs no home, prints JSON when asked and writes a line for each that was asked."""
    out = tmp_path / "out.jsonl"
    code = run_command(["eval", "language", str(CASES / "language.jsonl"), "--json", "--predictions", str(out)])
    assert (code, json.loads(capsys.readouterr().out)) == (0, {"accuracy": 1.0})
    assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == [
        {"index": index, "language": language} for index, language in enumerate(("fr", "en", "de"))
    ]


def test_a_person_gets_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json the figures stand under their names."""
    assert run_command(["eval", "language", str(CASES / "language.jsonl")]) == 0
    assert capsys.readouterr().out == "accuracy\n1\n"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"text": "a", "language": "fr"}\n{"text":', "line 2"),
        (b'{"text": "\xff"}', "line 1: not UTF-8"),
        (None, "cannot"),
    ],
)
def test_a_file_that_cannot_be_measured_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: bytes | None, told: str
) -> None:
    """Exit code 2, with the file, the line and what is wrong."""
    file = tmp_path / "broken.jsonl"
    if body is not None:
        file.write_bytes(body)
    assert run_command(["eval", "language", str(file)]) == 2
    assert f"{file}: {told}" in capsys.readouterr().err


def test_clicks_are_for_rankings(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else learns from ratings."""
    assert run_command(["eval", "language", str(CASES / "language.jsonl"), "--clicks", "3"]) == 2
    assert "--clicks is for rankings" in capsys.readouterr().err
