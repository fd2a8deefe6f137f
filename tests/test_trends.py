from __future__ import annotations

from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from veille.analyse import update_trends
from veille.config import Source, Topic
from veille.store import Store, open_published, open_store
from veille.trends.candidates import find_candidates
from veille.trends.evidence import build_topic_evidence, find_syntheses, parse_syntheses
from veille.trends.joining import are_cognates
from veille.trends.phrases import count_phrases, find_phrases
from veille.trends.weeks import (
    SURGES_AT,
    WEEK,
    History,
    Title,
    Told,
    compare,
    count_topics,
    find_surge,
    list_weeks,
    monday_of,
    name_week,
)
from veille.values import Bookmark, Item, Member, Paper, Score, Story

MONDAY = date(2026, 3, 2)  # 2026-W10
NOW = datetime(2026, 3, 2, 5, tzinfo=UTC)
LONG_AGO = date(2025, 1, 6)
IA = Topic(id="ia", name="IA et formation")
DROIT = Topic(id="droit", name="Réglementation")


def tell(number: int, title: str = "", week: int = 0, since: date | None = LONG_AGO, **other) -> Told:
    known = {
        "research": False, "sources": frozenset([f"source-{number % 3}"]), "topics": frozenset(["ia"]),
        "titles": (Title(title, other.pop("language", "fr")),) if title else (),
    }  # fmt: skip
    return Told(str(number), MONDAY + week * WEEK, since, **{**known, **other})


# --- the statistic -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "before", "surges"),
    [
        (3, [0] * 8, True),  # out of nothing
        (2, [0] * 8, False),
        (13, [4] * 8, True),
        (8, [4] * 8, False),
        (4, [4] * 8, False),
        (12, [0, 12, 0, 0, 16, 0, 0, 4], False),  # it comes in clusters anyway
    ],
)
def test_a_surge_stands_out_from_the_eight_weeks_before(count, before, surges):
    """By more than chance and the usual clusters explain."""
    assert (find_surge(count, before) >= SURGES_AT) is surges


def test_a_surge_has_a_sign_and_silence_has_none():
    """Fewer than usual is negative; nothing after nothing is 0."""
    assert find_surge(0, [6] * 8) < -3 < 0 < 3 < find_surge(16, [6] * 8)
    assert find_surge(0, [0] * 8) == 0.0


def test_nothing_is_claimed_before_eight_weeks_were_read():
    """Neither for a young store nor over a week in which no source was read."""
    young = History(MONDAY - 7 * WEEK)
    old = History(MONDAY - 8 * WEEK)
    gap = History(LONG_AGO, frozenset(list_weeks(LONG_AGO, MONDAY)) - {MONDAY - 3 * WEEK})
    assert [history.reaches(MONDAY) for history in (History(None), young, old, gap)] == [False, False, True, False]
    assert compare([tell(1)], [MONDAY], young) == {}


def test_a_source_added_since_is_no_news():
    """Its stories count neither in the week nor in those before, until it was read for eight of them."""
    stories = [tell(number, since=MONDAY - 5 * WEEK) for number in range(20)] + [tell(20), tell(21, week=-1)]
    assert compare(stories, [MONDAY], History(LONG_AGO)) == {MONDAY: (1 / 8, find_surge(1, [1, *[0] * 7]))}


def test_an_archive_is_no_news():
    """What a source brought at its first reading, dated before, is told but no news, and compared with nothing."""
    (row,) = count_topics([tell(1, since=None), tell(2)], ["ia"], [MONDAY], History(LONG_AGO))
    assert (row.stories, row.news, row.baseline, row.surge) == (2, 1, 0.0, find_surge(1, [0] * 8))


def test_a_silent_week_is_a_row():
    """A topic has a row a week, with the distinct sources and the research among its stories."""
    told = [tell(1, research=True), tell(2), tell(4), tell(3, topics=frozenset(["droit"]))]
    rows = count_topics(told, ["ia", "droit"], [MONDAY, MONDAY + WEEK], History(MONDAY))
    assert [(row.topic_id, row.week, row.stories, row.research_stories, row.sources) for row in rows] == [
        ("ia", "2026-W10", 3, 1, 2),
        ("ia", "2026-W11", 0, 0, 0),
        ("droit", "2026-W10", 1, 0, 1),
        ("droit", "2026-W11", 0, 0, 0),
    ]


def test_weeks_are_iso_weeks():
    """The last days of December may be of the next year's first week."""
    assert name_week(monday_of(date(2025, 12, 31))) == "2026-W01"


# --- phrases -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "title", "phrases"),
    [
        ("fr", "Le contrat d'apprentissage : ce qui change", {"contrat d'apprentissage", "apprentissage"}),
        ("fr", "La période de reconversion entre en vigueur", {"période de reconversion", "vigueur"}),
        ("fr", "Une nouvelle étude sur la micro-certification", {"micro-certification"}),
        ("en", "How to use generative AI in the classroom", {"generative AI", "AI in the classroom", "classroom"}),
        ("en", "The state of the art in 2026", {"state of the art", "art"}),
        ("de", "Künstliche Intelligenz in der Schule", set()),
    ],
)
def test_a_candidate_stands_between_function_words(language, title, phrases):
    """And neither begins nor ends with a word that every headline uses; small words inside it stay."""
    found = {surface for _, surface, _ in find_candidates(Title(title, language))}
    assert phrases <= found
    assert not {surface for surface in found if surface.lower() in ("nouvelle étude", "use", "how to use", "2026")}
    assert found or not phrases


def labels(titles: list[tuple[str, str]], vectors=None) -> dict[str, int]:
    told = [tell(number, title, language=language) for number, (language, title) in enumerate(titles)]
    found = find_phrases(told, (lambda _: vectors) if vectors else None)
    return {phrase.label: len(phrase.stories) for phrase in found}


def test_endings_are_forgiven_and_a_longer_phrase_speaks_for_its_parts():
    """`compétence clé` is `compétences clés`, and no phrase beside `passeport de compétences`."""
    titles = [
        ("fr", "Le passeport de compétences arrive"),
        ("fr", "Des passeports de compétence pour qui ?"),
        ("fr", "Faut-il un passeport de compétences ?"),
    ]
    assert labels(titles) == {"passeport de compétences": 3}


def test_a_single_word_is_a_name_or_stands_alone():
    """Qualiopi and VAE are; an adjective or a verb is not."""
    titles = [
        ("fr", "Avec Qualiopi, structurer la formation professionnelle"),
        ("fr", "Pourquoi Qualiopi fait structurer les équipes"),
        ("fr", "Ce que Qualiopi ou la VAE veut structurer"),
        ("fr", "Quand la VAE évolue pour une équipe professionnelle"),
        ("fr", "Où la VAE aboutit, vie professionnelle comprise"),
    ]
    assert {"Qualiopi", "VAE"} <= labels(titles).keys()
    assert not {"structurer", "professionnelle"} & labels(titles).keys()


@pytest.mark.parametrize(
    ("french", "english", "same"),
    [
        (["intelligenc", "artificiel"], ["artifici", "intellig"], True),
        (["ia"], ["ai"], True),
        (["evalu", "format"], ["format", "assess"], False),
        (["format"], ["inform"], False),
        (["ia", "generat"], ["generat", "ai"], True),
        (["otan"], ["nato"], False),  # only what is surely an acronym: up to three letters
    ],
)
def test_cognates_are_found_in_any_order(french, english, same):
    """Each word must have its own."""
    assert are_cognates(french, english) is same


def test_cognate_phrases_are_one():
    """French before English, without the capitals that begin a title."""
    titles = [
        *(("fr", f"L'intelligence artificielle {verb}") for verb in ("avance", "inquiète", "progresse")),
        *(("en", f"Artificial intelligence {verb}") for verb in ("worries", "advances")),
        ("en", "What artificial intelligence brings"),
    ]
    assert labels(titles)["intelligence artificielle / artificial intelligence"] == 6


def test_phrases_whose_vectors_are_each_others_nearest_are_one():
    """Once what all of a language share is taken out."""
    pairs = "abat-jour:lampshade bouilloire:kettle chaussette:sock dentelle:lace échelle:ladder fauteuil:armchair"
    words = [pair.split(":") for pair in f"{pairs} grenier:attic horloge:clock".split()]
    titles = [*(("fr", f"Le {french} magique") for french, _ in words for _ in range(3))]
    titles += [*(("en", f"The magic {english}") for _, english in words for _ in range(3))]
    axes = np.eye(9)
    vectors = {f"{french} magique": _unit(3 + 2 * axes[number]) for number, (french, _) in enumerate(words)}
    vectors |= {f"magic {english}": _unit(3 + 2 * axes[number] + axes[8]) for number, (_, english) in enumerate(words)}
    assert len(labels(titles)) == 16
    joined = labels(titles, vectors)
    assert len(joined) == 8
    assert joined["bouilloire magique / magic kettle"] == 6


def _unit(vector):
    return vector / np.linalg.norm(vector)


def test_stories_told_in_both_languages_join_their_phrases():
    """Two of them at least, and half of the rarer phrase's."""
    both = (Title("Le décrochage scolaire recule", "fr"), Title("The school dropout recedes", "en"))
    told = [tell(number, titles=both) for number in range(2)]
    told += [tell(2, "Le décrochage scolaire augmente"), tell(3, "The school dropout grows", language="en")]
    (phrase,) = [phrase for phrase in find_phrases(told) if "/" in phrase.label]
    assert (phrase.label, len(phrase.stories)) == ("décrochage scolaire / school dropout", 4)


def test_a_phrase_is_kept_where_some_week_had_three_stories_of_two_sources():
    """For each topic by itself, unless it only repeats the topic's name."""
    told = [tell(number, f"Le CPF et l'IA {word}") for number, word in enumerate(("avancent", "reculent", "changent"))]
    told += [tell(3, "Le CPF et l'IA demain", week=1), tell(4, "Le CPF encore", topics=frozenset(["droit"]))]
    told += [tell(5, "Un Opco seul", sources=frozenset("a")), tell(6, "Un Opco seul", sources=frozenset("a"))]
    told += [tell(7, "Un Opco seul", sources=frozenset("a"))]
    names = {"ia": IA.name, "droit": DROIT.name}
    rows = count_phrases(told, find_phrases(told), names, [MONDAY, MONDAY + WEEK], History(LONG_AGO))
    assert [(row.phrase, row.topic_id, row.week, row.stories) for row in rows] == [
        ("CPF", "ia", "2026-W10", 3),
        ("CPF", "ia", "2026-W11", 1),
    ]
    assert rows[0].surge >= SURGES_AT


# --- what is shown -------------------------------------------------------------------------------------------------


def known_syntheses():
    return parse_syntheses(files("veille.trends").joinpath("syntheses.yaml").read_text("utf-8"))


def test_the_table_of_syntheses_is_sound():
    """Each has an address, a date of reading, a note and keywords, and no number from memory."""
    for one in known_syntheses():
        assert one.url.startswith("http")
        assert isinstance(one.read_on, date)
        assert one.note
        assert one.keywords
    assert len({one.name for one in known_syntheses()}) == len(known_syntheses())


def test_a_synthesis_is_found_by_its_words_in_a_topic():
    """In French or English, in whatever number, whole and in order."""
    topic = Topic(id="t", name="Évaluations formatives", description="Tutorats par les pairs. Lecture.")
    assert [one.name for one in find_syntheses(topic, known_syntheses())] == ["Feedback", "Peer tutoring"]
    assert find_syntheses(Topic(id="t", name="Formative, lecture, pairs, évaluation"), known_syntheses()) == ()


def test_talk_stands_beside_evidence():
    """A row a topic and section; the strongest design is the first of the list, `unknown` is none."""
    held = {("ia", "research"): {"qualitative": 4, "rct": 1}, ("ia", "press"): {"unknown": 2}}
    rows = build_topic_evidence([IA, DROIT], {("ia", "press"): 7}, held, ())
    assert len(rows) == 12
    press, _, research, *_ = rows
    assert (press.stories_12w, press.papers, press.strongest_design) == (7, 2, None)
    assert (research.stories_12w, research.papers, research.strongest_design) == (0, 5, "rct")
    assert list(research.designs.items()) == [("rct", 1), ("qualitative", 4)]


# --- in the store --------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path):
    with open_store(tmp_path) as opened:
        yield opened


def put(store: Store, source_id: str, at: datetime, *titles: str, **other) -> list[str]:
    """Save relevant stories of one item each; their ids."""
    section = other.get("section", "press")
    items = [
        Item(**{
            "source_id": source_id, "kind": "article", "section": section, "guid": f"{at:%F} {title}",
            "url": "https://a.example/", "canonical_url": "https://a.example/", "title": title, "summary": "",
            "language": "fr", "published_at": at, "fingerprint": title, **other,
        })
        for title in titles
    ]  # fmt: skip
    source = Source(id=source_id, kind="rss", url="https://a.example/", section=section)
    store.save_page(source, items, Bookmark(), at)
    ids = [item.item_id for item in items]
    store.save_stories(ids, [Story(i, i, (Member(i, "same", 1.0, ""),)) for i in ids], at)
    store.save_scores([Score(item_id, "ia", 0.7, True) for item_id in ids], "t")
    return ids


def view(store: Store, query: str) -> list[tuple]:
    store.publish()
    with open_published(store._data) as reader:
        return reader.execute(query).fetchall()


def test_weekly_counts_have_a_baseline_after_eight_weeks(store):
    """A silent week counts as zero, and no history is no baseline."""
    for week, count in ((0, 1), (1, 2), (8, 9)):
        put(store, "campus", NOW + week * WEEK, *(f"Titre {week} {number}" for number in range(count)))
    update_trends(store, [IA], NOW + 8 * WEEK, anew=True)
    rows = view(store, "SELECT week, stories, sources, baseline, surge FROM topics_weekly ORDER BY week")
    assert len(rows) == 9
    assert rows[:2] == [("2026-W10", 1, 1, None, None), ("2026-W11", 2, 1, None, None)]
    assert rows[-1] == ("2026-W18", 9, 1, 3 / 8, find_surge(9, [0, 0, 0, 0, 0, 0, 2, 1]))


def test_counting_again_changes_nothing(store):
    """Neither the weeks counted anew nor those left as they were, and an archive stays out of the comparison."""
    put(store, "campus", NOW, *(f"Archive {number}" for number in range(30)), published_at=NOW - 30 * WEEK)
    put(store, "journal", NOW, "Premier titre")
    for week in range(1, 16):
        for source_id in ("campus", "journal"):
            put(store, source_id, NOW + week * WEEK, f"Le CPF {week} {source_id}", f"Autre {week} {source_id}")
    put(store, "campus", NOW + 15.5 * WEEK, *(f"Avec Qualiopi {number}" for number in range(9)))
    put(store, "journal", NOW + 15.5 * WEEK, "Avec Qualiopi encore")
    tables = [f"SELECT * FROM {name} ORDER BY ALL" for name in ("topics_weekly", "phrases_weekly", "topic_evidence")]
    update_trends(store, [IA], NOW + 16 * WEEK, anew=True)
    first = [view(store, table) for table in tables]
    update_trends(store, [IA], NOW + 16 * WEEK)
    assert [view(store, table) for table in tables] == first
    surging = view(store, f"SELECT phrase, week, stories FROM phrases_weekly WHERE surge >= {SURGES_AT}")
    assert surging == [("Qualiopi", "2026-W25", 10)]
    baselines = view(store, "SELECT baseline FROM topics_weekly WHERE week = '2026-W18'")
    assert baselines == [((1 + 7 * 4) / 8,)]


def test_topic_evidence_counts_works_by_their_strongest_design(store):
    """Of the last twelve weeks' stories, and of all papers held but the retracted."""
    put(store, "campus", NOW - 13 * WEEK, "Ancien")
    put(store, "campus", NOW, "Nouveau")
    papers = put(store, "hal", NOW - 40 * WEEK, "Un", "Deux", kind="paper", section="research", details=Paper())
    put(store, "hal", NOW - 39 * WEEK, "Trois", kind="paper", section="research", details=Paper(is_retracted=True))
    store._insert("evidence", [{"item_id": papers[0], "mark": "", "design": "rct"}])
    topic = Topic(id="ia", name="Feedback et IA")
    update_trends(store, [topic], NOW, anew=True)
    rows = view(
        store,
        """SELECT section, stories_12w, papers, strongest_design, designs->>'rct', syntheses->0->>'name'
           FROM topic_evidence WHERE section IN ('press', 'research') ORDER BY section""",
    )
    assert rows == [("press", 1, 0, None, None, None), ("research", 0, 2, "rct", "1", "Feedback")]
