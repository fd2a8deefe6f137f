"""Ranking: one scale for all topics, its reasons, and the order of a digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest

from veille.config import Topic
from veille.rank import RELEVANT_AT, rank_stories, score_stories
from veille.rank.background import Background, Neutral, parse_neutral
from veille.rank.features import forgive_silence, read_features
from veille.rank.fitting import fit_background
from veille.rank.fusing import ECHO_WEIGHT, MOST_PRIOR, find_priors, fuse
from veille.rank.order import order_entries
from veille.rank.reading import Candidate, ItemText, part_title, topic_text
from veille.rank.scales import STEEPNESS, THRESHOLD, Scale, share_spread
from veille.rank.tenor import Tenor, fit_tenor, lean, weigh_words
from veille.values import Score

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
AI = Topic(id="ia", name="IA générative en formation", keywords=("IA générative", "ChatGPT"), exclude=("bourse",))
LAW = Topic(id="droit", name="Réglementation de la formation", keywords=("CPF", "décret"))
TOPICS = (AI, LAW)
SENTENCES = parse_neutral(files("veille.rank").joinpath("background.txt").read_text(encoding="utf-8"))
# A toy space that behaves like e5: one large direction that all texts share, then AI, law, everything else.
SHARED, ON_AI, ON_LAW, ELSE = np.eye(128, dtype=np.float32)[:4]


def vector(ai: float = 0.0, law: float = 0.0, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(scale=0.06, size=128).astype(np.float32)
    made = 1.5 * SHARED + ai * ON_AI + law * ON_LAW + noise
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


NEUTRAL = Neutral(SENTENCES, np.stack([vector(seed=1000 + i) for i in range(len(SENTENCES))]))
TOPIC_VECTORS = np.stack([vector(ai=0.8, seed=1), vector(law=0.8, seed=2)])

Case = tuple[str, str, np.ndarray]
ABOUT_AI: list[Case] = [
    ("fr", "L'IA générative entre dans les cours de formation", vector(ai=0.8, seed=11)),
    ("en", "A chatbot tutor for students who learn to write", vector(ai=0.7, seed=12)),
]
ABOUT_LAW: list[Case] = [
    ("fr", "CPF : le décret est paru", vector(law=0.8, seed=13)),
    ("en", "Training funds get new rules in France", vector(law=0.7, seed=14)),
]
OTHER: list[Case] = [
    (language, f"{sentence} Suite.", vector(seed=100 + i))
    for i, sentence in enumerate(SENTENCES[:40])
    for language in [("en", "fr")[i % 4 // 2]]
]


def build_items(cases: Sequence[Case]) -> tuple[list[ItemText], np.ndarray]:
    items = [ItemText(str(row), title, "", language, "s", row=row) for row, (language, title, _) in enumerate(cases)]
    return items, np.stack([made for _, _, made in cases])


def rank(cases: Sequence[Case], background: Background | None = None) -> dict[tuple[str, str], Score]:
    """The scores of one-item stories by title and topic."""
    items, vectors = build_items(cases)
    background = background or fit_background(items, vectors, TOPICS, TOPIC_VECTORS, NEUTRAL)
    candidates = [Candidate(item.title, (item,)) for item in items]
    scores = rank_stories(candidates, vectors, TOPICS, TOPIC_VECTORS, background)
    return {(score.story_id, score.topic_id): score for score in scores}


def reason(score: Score, kind: str) -> dict[str, object]:
    return next((dict(one) for one in score.reasons if one["kind"] == kind), {})


def test_what_is_about_a_topic_is_relevant_and_the_rest_is_not() -> None:
    """French and English tellings of a topic pass the one threshold, other subjects do not."""
    scores = rank(ABOUT_AI + ABOUT_LAW + OTHER)
    relevant = {pair for pair, score in scores.items() if score.relevant}
    expected = {(title, "ia") for _, title, _ in ABOUT_AI} | {(title, "droit") for _, title, _ in ABOUT_LAW}
    assert relevant == expected
    assert all(score.relevant == (score.score >= RELEVANT_AT) for score in scores.values())


def test_scores_are_between_0_and_1_for_every_pair() -> None:
    """Every candidate has a score for every topic, in order."""
    items, vectors = build_items(ABOUT_AI + OTHER)
    background = fit_background(items, vectors, TOPICS, TOPIC_VECTORS, NEUTRAL)
    scores = rank_stories([Candidate(i.item_id, (i,)) for i in items], vectors, TOPICS, TOPIC_VECTORS, background)
    assert [(s.story_id, s.topic_id) for s in scores] == [(i.item_id, t.id) for i in items for t in TOPICS]
    assert all(0 <= score.score <= 1 for score in scores)


def test_a_first_day_all_on_one_subject_still_finds_it() -> None:
    """The neutral sentences hold the scale when all that was collected is on one topic."""
    cases = [("fr", f"CPF, note {i}", vector(law=0.7 + i / 200, seed=200 + i)) for i in range(35)]
    scores = rank(cases)
    assert sum(scores[title, "droit"].relevant for _, title, _ in cases) >= 30
    assert not any(scores[title, "ia"].relevant for _, title, _ in cases)


def test_an_excluded_term_vetoes() -> None:
    """A story with an excluded term scores 0 and says which."""
    title = "ChatGPT fait monter la Bourse"
    score = rank([("fr", title, vector(ai=0.9, seed=3)), *OTHER])[title, "ia"]
    assert (score.score, score.relevant, score.reasons) == (0.0, False, ({"kind": "excluded", "term": "bourse"},))


def test_a_keyword_makes_a_stronger_candidate_and_is_a_reason() -> None:
    """Of two texts of one meaning the one with a keyword scores higher."""
    same = vector(ai=0.35, seed=4)
    scores = rank([("fr", "ChatGPT en classe", same), ("fr", "Un robot en classe", same), *OTHER])
    with_it, without = scores["ChatGPT en classe", "ia"], scores["Un robot en classe", "ia"]
    assert with_it.score > without.score
    assert reason(with_it, "keyword") == {"kind": "keyword", "terms": ["ChatGPT"]}


def test_reasons_name_meaning_and_words_as_written() -> None:
    """The reasons carry the z of the meaning and the text's own words that speak for the topic."""
    score = rank(ABOUT_AI + OTHER)[ABOUT_AI[0][1], "ia"]
    assert float(str(reason(score, "meaning")["z"])) > 2
    assert "générative" in str(reason(score, "words")["terms"])


def test_a_story_is_worth_its_best_member() -> None:
    """An English telling counts as much in a story as alone, and several sources are a reason."""
    items, vectors = build_items(ABOUT_AI + OTHER)
    background = fit_background(items, vectors, TOPICS, TOPIC_VECTORS, NEUTRAL)
    off, on = items[5], ItemText("x", ABOUT_AI[1][1], "", "en", "other", row=1)
    alone, both = rank_stories(
        [Candidate("alone", (on,)), Candidate("both", (off, on))], vectors, (AI,), TOPIC_VECTORS[:1], background
    )
    assert both.score == alone.score
    assert reason(both, "sources") == {"kind": "sources", "count": 2}


def test_without_vectors_words_and_keywords_speak_alone() -> None:
    """A collection that was never embedded is ranked by its words."""
    items = [ItemText(str(i), title) for i, (_, title, _) in enumerate(ABOUT_LAW + OTHER)]
    background = fit_background(items, None, TOPICS, None, Neutral(SENTENCES))
    scores = rank_stories([Candidate(i.title, (i,)) for i in items], None, TOPICS, None, background)
    best = max((score for score in scores if score.topic_id == "droit"), key=lambda score: score.score)
    assert best.story_id == "CPF : le décret est paru"
    assert best.relevant
    assert sum(score.relevant for score in scores) == 1


def test_an_item_without_a_vector_is_judged_among_those_with_one() -> None:
    """A missing vector neither raises nor silences an item."""
    items, vectors = build_items(ABOUT_LAW + OTHER)
    background = fit_background(items, vectors, TOPICS, TOPIC_VECTORS, NEUTRAL)
    bare = ItemText("bare", "Décret sur le CPF et la réglementation de la formation", language="fr")
    (score,) = rank_stories([Candidate("bare", (bare,))], vectors, (LAW,), TOPIC_VECTORS[1:], background)
    assert score.relevant


def test_a_query_word_counts_as_far_as_its_texts_are_near() -> None:
    """A topic's word whose texts are about something else is worth little, one that nobody used yet most of its own."""
    rain = [("fr", f"Le robot de cuisine, recette {i}", vector(seed=300 + i)) for i in range(30)]
    items, vectors = build_items([*ABOUT_AI, *rain])
    topic = Topic(id="ia", name="Robot ChatGPT formation")
    asked = fit_background(items, vectors, (topic,), TOPIC_VECTORS[:1], NEUTRAL).topics["ia"].asked
    assert asked.get("robot", 0) < 0.2 < 0.5 < asked["chatgpt"] < asked["format"]


def test_a_translated_word_speaks_where_the_meaning_agrees() -> None:
    """A French topic finds its word in an English text, and the reasons show it as the text writes it."""
    cases = [("en", f"Copyright law and its Enforcement, part {i}", vector(law=0.5, seed=400 + i)) for i in range(3)]
    items, vectors = build_items([*cases, *OTHER])
    topic = Topic(id="droit", name="Droit")
    background = fit_background(items, vectors, (topic,), TOPIC_VECTORS[1:], NEUTRAL)
    features = read_features(items, vectors, (topic,), TOPIC_VECTORS[1:], background)
    assert (features.words[:3] > 1).all()
    (score, *_) = rank_stories([Candidate("a", (items[0],))], vectors, (topic,), TOPIC_VECTORS[1:], background)
    assert reason(score, "words") == {"kind": "words", "terms": ["law"]}


def test_scores_are_made_from_the_features_alone() -> None:
    """A model that replaces the fused z of a topic replaces its scores."""
    items, vectors = build_items(ABOUT_AI + OTHER)
    background = fit_background(items, vectors, TOPICS, TOPIC_VECTORS, NEUTRAL)
    features = read_features(items, vectors, TOPICS, TOPIC_VECTORS, background)
    candidates = [Candidate(item.item_id, (item,)) for item in items]
    assert score_stories(candidates, features, background) == rank_stories(
        candidates, vectors, TOPICS, TOPIC_VECTORS, background
    )
    taught = replace(features, fused=np.full_like(features.fused, THRESHOLD))
    assert {score.score for score in score_stories(candidates, taught, background)} == {0.5}


def test_what_only_promotes_says_so_and_stands_lower() -> None:
    """A vendor's text has the reason, unless somebody else tells the story too, and loses places in a digest."""
    offer = ItemText("0", "ChatGPT : demandez une démo de notre plateforme", "", "fr", "vendor", row=0)
    other = ItemText("1", "ChatGPT : une plateforme de plus", "", "fr", "paper", row=0)
    items, vectors = build_items(ABOUT_AI + OTHER)
    background = fit_background(items, vectors, TOPICS, TOPIC_VECTORS, NEUTRAL)
    candidates = [Candidate("alone", (offer,)), Candidate("both", (offer, other))]
    alone, both = rank_stories(candidates, vectors, (AI,), TOPIC_VECTORS[:1], background)
    assert reason(alone, "promotional")
    assert not reason(both, "promotional")
    scores = [Score("a", "ia", 0.8, True, ({"kind": "promotional"},)), Score("b", "ia", 0.7, True)]
    ranked = order_entries([story("a", source="a"), story("b", source="b")], scores, None, {}, AI, NOW)
    assert [one.story_id for one in ranked] == ["b", "a"]


def test_languages_keep_their_middles_and_share_one_spread() -> None:
    """What French sources are all about widens the spread of every language alike, by how many texts each has."""
    scales = {"": Scale(0.1, 1.0), "fr": Scale(0.3, 3.0), "en": Scale(0.0, 1.0)}
    shared = share_spread(scales, {"fr": 10, "en": 30})
    assert {code: scale.middle for code, scale in shared.items()} == {"": 0.1, "fr": 0.3, "en": 0.0}
    assert {scale.spread for scale in shared.values()} == {round(((10 * 9 + 30 * 1) / 40) ** 0.5, 6)}
    assert share_spread(scales, {"fr": 0, "en": 30})["en"] == scales["en"]
    assert share_spread(scales, {"fr": 0, "en": 0}) == scales


def test_what_much_of_a_collection_is_about_is_likelier_from_the_start() -> None:
    """The prior rises with the share of a sample that reaches the threshold, adds nothing at the usual share or without
    a sample, and stays small."""
    reached = np.array([80, 40, 0, 500])
    fused = np.where(np.arange(1_000)[:, None] < reached, THRESHOLD, 0.0).astype(np.float32)
    usual, rare, none, common = find_priors(fused)
    assert (usual, none, common) == (0, -MOST_PRIOR, MOST_PRIOR)
    assert rare == pytest.approx(np.log((40 + 1.6) / (80 + 1.6)) / STEEPNESS, abs=1e-4)
    assert find_priors(fused[:0]) == [0.0] * 4


def test_what_is_a_topic_s_own_counts_for_more_than_what_all_topics_share() -> None:
    """Where all topics are on training, what is on training in general comes after what is the topic's own."""
    shared = 0.8 * (ON_AI + ON_LAW + ELSE)
    own = np.eye(128, dtype=np.float32)[10:18]
    topics = [Topic(id=name, name=name.capitalize()) for name in "abcdefgh"]
    made = [1.5 * SHARED + one for one in (*(shared + axis for axis in own), shared, own[0])]
    *wanted, general, particular = (one / np.linalg.norm(one) for one in made)
    items, vectors = build_items([*OTHER, ("fr", "En général", general), ("fr", "En particulier", particular)])
    background = fit_background(items, vectors, topics, np.stack(wanted), NEUTRAL)
    features = read_features(items, vectors, topics, np.stack(wanted), background)
    assert features.meaning[-1, 0] > features.meaning[-2, 0]


TAUGHT = [
    ["tutor", "chat", "class"],
    ["chat", "class", "essay"],
    ["tax", "vote", "court"],
    ["vote", "court", "law"],
] * 5


def test_texts_in_like_words_get_like_scores() -> None:
    """Of two texts that nothing speaks for, the one in words of what lies above the usual comes first."""
    tenor = fit_tenor(TAUGHT, np.array([[8.0], [7.0], [-1.0], [0.0]] * 5, dtype=np.float32), ["ia"])
    like, unlike, silent = lean(np.zeros((3, 1), np.float32), [["essay"], ["court"], ["rain"]], ["ia"], tenor)[:, 0]
    assert like > silent > unlike


def test_the_tenor_makes_nothing_relevant_and_moves_nothing_that_is() -> None:
    """Whatever its words let expect, a text stays on its side of the threshold, and above it where it is."""
    tenor = Tenor(1.0, {"chat": 1.0}, {"ia": (100.0,), "droit": (-100.0,)}, {"ia": 0.0, "droit": 0.0})
    fused = np.array([[THRESHOLD - 0.1] * 2, [THRESHOLD] * 2, [THRESHOLD + 3] * 2], dtype=np.float32)
    leant = lean(fused, [["chat"]] * 3, ["ia", "droit"], tenor)
    assert fused[0, 0] < leant[0, 0] < THRESHOLD
    assert leant[0, 1] < fused[0, 1]
    assert (leant[1:] == fused[1:]).all()


def test_an_echo_counts_no_further_than_what_is_said() -> None:
    """A text that says nothing of a topic is not about it for being in the words of its neighbours."""
    echo, none = np.full((4, 1), 4, np.float32), np.zeros((4, 1), np.float32)
    meaning = np.array([[-1], [0], [2], [5]], np.float32)
    weighed = (fuse(meaning, none, echo, none) - meaning)[:, 0] / ECHO_WEIGHT
    assert weighed.tolist() == pytest.approx([0, 0, 2, 4])


def test_what_a_short_text_does_not_say_tells_little() -> None:
    """What speaks against a text counts in full from three quarters of the usual length on, and less below it."""
    fused, against = np.full((4, 1), -3, np.float32), np.full((4, 1), 2, np.float32)
    forgiven = forgive_silence(fused, against, [120, 60, 15, 0], usual=80)[:, 0]
    assert forgiven.tolist() == pytest.approx([-3, -3, -1.5, -1])


def test_a_short_text_is_not_made_relevant_by_what_it_does_not_say() -> None:
    """However little a text says, it stays on its side of the threshold, and above it where it is."""
    fused = np.array([[THRESHOLD - 0.1, THRESHOLD, THRESHOLD + 3]], np.float32)
    forgiven = forgive_silence(fused, np.full((1, 3), 9, np.float32), [0], usual=80)
    assert fused[0, 0] < forgiven[0, 0] < THRESHOLD
    assert (forgiven[0, 1:] == fused[0, 1:]).all()
    assert 1 / (1 + np.exp(-STEEPNESS * (float(forgiven[0, 0]) - THRESHOLD))) < RELEVANT_AT


def test_few_texts_teach_little() -> None:
    """What is read from the words counts the more the more texts taught it, and not at all where words are too rare."""
    fused = np.array([[8.0], [7.0], [-1.0], [0.0]] * 5, dtype=np.float32)
    small, large = fit_tenor(TAUGHT, fused, ["ia"]), fit_tenor(TAUGHT * 9, np.tile(fused, (9, 1)), ["ia"])
    assert 0 < small.share < large.share < 1
    assert fit_tenor(TAUGHT[:4], fused[:4], ["ia"]) == Tenor()
    assert fit_tenor([], fused[:0], ["ia"]) == Tenor()


def test_a_score_does_not_depend_on_who_is_ranked_beside() -> None:
    """A story alone has the scores that it has among others."""
    items, vectors = build_items((ABOUT_AI + ABOUT_LAW + OTHER) * 3)
    background = fit_background(items, vectors, TOPICS, TOPIC_VECTORS, NEUTRAL)
    assert background.tenor.share > 0
    together = rank(ABOUT_AI + ABOUT_LAW + OTHER, background)
    for case in (ABOUT_LAW[1], OTHER[0]):
        for pair, score in rank([case], background).items():
            assert score.score == pytest.approx(together[pair].score, abs=1e-5)


def test_words_are_weighed_as_unit_rows() -> None:
    """The rarer a word the more it weighs, a repeated one more than once; a text without known words is all zeros."""
    table = weigh_words([["a", "b", "x"], ["a", "a", "a", "b"], ["x"], []], {"a": 1.0, "b": 2.0})
    assert np.allclose(np.sqrt(np.square(table).sum(axis=1)), [1, 1, 0, 0])
    assert table[0, 1] == pytest.approx(2 * table[0, 0])
    assert table[1, 0] / table[1, 1] == pytest.approx((1 + np.log(3)) / 2)
    assert weigh_words([["a"]], {}).shape == (1, 0)


def test_nothing_collected_is_no_problem() -> None:
    """An empty collection has a background, and no candidates have no scores."""
    background = fit_background([], None, TOPICS, TOPIC_VECTORS, NEUTRAL)
    assert rank_stories([], None, TOPICS, TOPIC_VECTORS, background) == []
    scores = rank([ABOUT_AI[0]], background)
    assert scores[ABOUT_AI[0][1], "ia"].relevant
    assert fit_background([], None, TOPICS, None, Neutral(())).documents == 0


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("Waterloo startup secures ten million | EdTech News", "Waterloo startup secures ten million"),
        ("A | b of four words | The Site", "A | b of four words"),
        ("Podcast | L'IA générative en classe", "Podcast | L'IA générative en classe"),
        ("What a title says | what all of the rest of it says", "What a title says | what all of the rest of it says"),
        ("A title without any bar", "A title without any bar"),
    ],
)
def test_the_name_of_a_publisher_is_no_matter_of_its_text(title: str, read: str) -> None:
    """Behind a last bar stands who published a text, unless that is longer than what stands before it, or its kind."""
    assert part_title(title)[0] == read


def test_a_publisher_can_be_vetoed_and_counts_for_no_keyword() -> None:
    """What a topic excludes is looked for in the whole title, its keywords only in what is told."""
    items, vectors = build_items([*OTHER, ("en", "Waterloo startup secures ten million | EdTech News", vector(seed=9))])
    for topic, found in (
        (Topic(id="a", name="A", exclude=("EdTech News",)), {"EdTech News"}),
        (Topic(id="a", name="A", keywords=("EdTech",)), set()),
    ):
        background = fit_background(items, vectors, (topic,), TOPIC_VECTORS[:1], NEUTRAL)
        assert read_features(items, vectors, (topic,), TOPIC_VECTORS[:1], background).terms[-1] == found


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        (Topic(id="a", name="Name"), "Name"),
        (Topic(id="a", name="Name", description="Name"), "Name"),
        (Topic(id="a", name="Name", description="More.", keywords=("x", "y")), "Name. More."),
        (Topic(id="a", name="Name", keywords=("x", "y")), "Name. x, y"),
    ],
)
def test_keywords_are_embedded_only_for_want_of_a_description(topic: Topic, text: str) -> None:
    """Name and description say in sentences what a topic is; what is looked for as written would drown them."""
    assert topic_text(topic) == text


def test_neutral_sentences_are_the_lines_without_comments() -> None:
    """Comments and empty lines are not sentences."""
    assert parse_neutral("# why\nOne.\n\n  Deux. \n") == ("One.", "Deux.")
    assert len(SENTENCES) > 100


def story(name: str, days: float = 0, source: str = "a", section: str = "press", row: int | None = None) -> Candidate:
    return Candidate(name, (ItemText(name, name, "", "fr", source, section, NOW - timedelta(days=days), NOW, row),))


def order(candidates: Sequence[Candidate], weights: dict[str, float] | None = None, **scores: float) -> list[str]:
    given = [Score(c.story_id, "ia", scores.get(c.story_id, 0.8), True) for c in candidates]
    return [one.story_id for one in order_entries(candidates, given, None, weights or {}, AI, NOW)]


def test_fresh_stories_come_first_and_research_ages_slowly() -> None:
    """Of equal scores the newer one leads, and a month costs a paper less than a press piece."""
    assert order([story("old", 20, "a"), story("new", 1, "b")]) == ["new", "old"]
    assert order([story("press", 30, "a"), story("paper", 30, "b", "research")]) == ["paper", "press"]


def test_trusted_and_corroborated_stories_gain() -> None:
    """A source's weight counts, and so do several independent sources."""
    assert order([story("a", source="a"), story("b", source="b")], {"b": 1.5}) == ["b", "a"]
    both = Candidate("z", (*story("z", source="c").texts, *story("z", source="d").texts))
    assert order([story("a", source="a"), both]) == ["z", "a"]


@pytest.mark.parametrize(("other", "told_by"), [("https://e.org/1?utm_source=x", 1), ("https://f.org/1", 2)])
def test_a_page_by_two_feeds_is_no_corroboration(other: str, told_by: int) -> None:
    """It counts once, for the order and in the reasons; two sites count twice."""
    one, again = story("z", source="c").texts[0], story("z", source="d").texts[0]
    both = Candidate("z", (replace(one, url="https://www.e.org/1"), replace(again, url=other)))
    assert order([story("a", source="a"), both]) == (["z", "a"] if told_by == 2 else ["a", "z"])
    items, vectors = build_items(ABOUT_AI + OTHER)
    background = fit_background(items, vectors, TOPICS, TOPIC_VECTORS, NEUTRAL)
    told = Candidate("t", tuple(replace(items[0], source_id=text.source_id, url=text.url) for text in both.texts))
    (score,) = rank_stories([told], vectors, (AI,), TOPIC_VECTORS[:1], background)
    assert reason(score, "sources") == ({"kind": "sources", "count": 2} if told_by == 2 else {})


def test_one_source_does_not_fill_the_page() -> None:
    """A slightly weaker story from another source stands before the second one from the same."""
    assert order([story("a1"), story("a2"), story("b", source="b")], a1=0.9, a2=0.85, b=0.8) == ["a1", "b", "a2"]


def test_what_was_just_said_moves_down() -> None:
    """A story that says what one above says is passed by one on another side of the topic."""
    vectors = np.stack([ON_AI, ON_AI, ON_LAW, ELSE])
    candidates = [story(name, source=name, row=row) for row, name in enumerate(("first", "again", "else", "more"))]
    values = {"first": 0.9, "again": 0.85, "else": 0.8, "more": 0.1}
    scores = [Score(name, "ia", value, True) for name, value in values.items()]
    ranked = order_entries(candidates, scores, vectors, {}, AI, NOW)
    assert [one.story_id for one in ranked] == ["first", "else", "again", "more"]
    assert all(above.value >= below.value for above, below in pairwise(ranked))


def test_a_topic_s_weight_scales_the_value_not_the_score() -> None:
    """Weight orders a digest and leaves relevance alone."""
    heavy = AI.model_copy(update={"weight": 2.0})
    scores = [Score("a", "ia", 0.8, True), Score("a", "droit", 0.1, False)]
    (one,) = order_entries([story("a"), story("unscored")], scores, None, {}, heavy, NOW)
    assert (one.story_id, one.score, one.value) == ("a", 0.8, 1.6)


def test_one_place_in_ten_explores() -> None:
    """A story near the threshold comes up among the first ten, the same in one week, another in the next."""
    candidates = [story(f"s{i:02}", source=f"source-{i % 2}") for i in range(40)]
    scores = [Score(one.story_id, "ia", 0.99 - 0.01 * i, True) for i, one in enumerate(candidates)]

    def first_ten(now: datetime) -> list[str]:
        ranked = order_entries(candidates, scores, None, {}, AI, now)
        assert all(above.value >= below.value for above, below in pairwise(ranked))
        assert sorted(one.story_id for one in ranked) == sorted(one.story_id for one in candidates)
        explored = [one for one in ranked[:10] if {"kind": "explore"} in one.reasons]
        assert len(explored) == 1
        assert ranked.index(explored[0]) >= 2
        assert explored[0].score < 0.7
        return [one.story_id for one in explored]

    assert first_ten(NOW) == first_ten(NOW + timedelta(days=1))
    assert len({*first_ten(NOW), *first_ten(NOW + timedelta(days=7)), *first_ten(NOW + timedelta(days=14))}) > 1


def test_a_page_that_holds_everything_does_not_explore() -> None:
    """Where nothing is hidden nothing is drawn."""
    ranked = order_entries([story("a")], [Score("a", "ia", 0.6, True)], None, {}, AI, NOW)
    assert ranked[0].reasons == ()
