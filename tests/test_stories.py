"""Which items tell the same thing."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import numpy as np
import pytest

from veille.stories import (
    CROWD,
    Near,
    Scale,
    build_stories,
    centre,
    find_links,
    find_mentions,
    find_nearest,
    find_stretch,
    find_thresholds,
    fit_scale,
    identity_keys,
    judge_pair,
)
from veille.values import Event, Item, Link, Paper, SeenItem, short_hash

MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
CLOSE = Near(cosine=0.8, margin=0.3)


def see(title: str, *, source: str = "", days: float = 0, summary: str = "", **fields: object) -> SeenItem:
    guid = short_hash(title, source, summary, str(days), repr(sorted(fields.items(), key=repr)))
    values: dict[str, object] = {
        "source_id": source or f"source-{guid}",
        "kind": "paper" if isinstance(fields.get("details"), Paper) else "article",
        "section": "press",
        "guid": guid,
        "url": f"https://example.org/{guid}",
        "canonical_url": f"https://example.org/{guid}",
        "title": title,
        "summary": summary,
        "language": "fr",
        "content_hash": short_hash(title, summary),
        **fields,
    }
    when = MONDAY + timedelta(days=days)
    return SeenItem(Item(**values), when, when)  # type: ignore[arg-type]


def test_a_press_piece_that_names_the_doi_is_about_the_study() -> None:
    """A shared identifier joins a press piece to the study that it is about."""
    study = see("Tutoring with language models: a randomised trial", identifiers={"doi": "10.1000/182"}, kind="paper")
    press = see("L'IA fait-elle progresser les élèves ?", identifiers={"doi": "10.1000/182"})
    link = judge_pair(study, press)
    assert link is not None
    assert (link.relation, link.reason) == ("about", "doi 10.1000/182")


def test_items_of_one_address_are_the_same() -> None:
    """A shared canonical address joins."""
    first = see("Un titre", canonical_url="https://example.org/a")
    second = see("Un autre", canonical_url="https://example.org/a")
    assert judge_pair(first, second) is not None


def test_a_wrong_doi_does_not_join_two_papers() -> None:
    """Two papers of other authors, years and titles under one DOI are a mistake of the record."""
    first = see(
        "Privacy assimilation in large organisations",
        authors=("Attal, V.",),
        details=Paper(year=2018),
        identifiers={"doi": "10.1000/1"},
    )
    second = see(
        "A longitudinal look at misperceptions",
        authors=("Hanna, A.",),
        details=Paper(year=2021),
        identifiers={"doi": "10.1000/1"},
    )
    assert judge_pair(first, second) is None


SAME_WORK = [
    pytest.param(
        ("Adaptive feedback in online mathematics courses: a trial", ("Martin, Claire", "Osei, K."), 2024),
        (
            "Adaptive feedback in on-line mathematics courses : A Trial. [Review] [12 refs]",
            ("C Martin", "K Osei"),
            2024,
        ),
        id="databases write titles and names in their own way",
    ),
    pytest.param(
        ("Retraction: Adaptive feedback in online mathematics courses", ("Martin, Claire",), 2024),
        ("Adaptive feedback in online mathematics courses", ("Martin, Claire",), 2024),
        id="a retraction notice belongs to its paper",
    ),
]
OTHER_WORK = [
    pytest.param(
        ("Introduction to the minitrack on learning analytics", ("Martin, C.",), 2024),
        ("Introduction to the minitrack on learning analytics", ("Martin, C.",), 2021),
        id="a column of another year",
    ),
    pytest.param(
        ("Adaptive feedback in online mathematics courses", ("Martin, C.",), 2024),
        ("Peer feedback in online history seminars", ("Martin, C.",), 2024),
        id="the same author on another subject",
    ),
    pytest.param(("Editorial", (), 2024), ("Editorial", ("Osei, K.",), 2024), id="a title that says nothing"),
    pytest.param(
        ("Learning analytics in schools, part 1: methods", ("Martin, C.",), 2024),
        ("Learning analytics in schools, part 2: methods", ("Martin, C.",), 2024),
        id="another part",
    ),
]


def see_paper(title: str, authors: tuple[str, ...], year: int, **details: object) -> SeenItem:
    return see(title, authors=authors, details=Paper(year=year, **details))  # type: ignore[arg-type]


@pytest.mark.parametrize(("one", "other"), SAME_WORK)
def test_records_of_one_work_are_the_same(one: tuple, other: tuple) -> None:  # type: ignore[type-arg]
    """Records that agree on title, authors and year are of one work."""
    link = judge_pair(see_paper(*one), see_paper(*other))
    assert link is not None
    assert link.relation == "same"


@pytest.mark.parametrize(("one", "other"), OTHER_WORK)
def test_records_of_other_works_are_not_joined(one: tuple, other: tuple) -> None:  # type: ignore[type-arg]
    """What differs in year, subject or part is another work, however close in meaning."""
    assert judge_pair(see_paper(*one), see_paper(*other), CLOSE) is None


def test_a_preprint_and_its_article_of_the_next_year_are_one_work() -> None:
    """Years may differ by one where one of the two is a preprint, and else not."""
    title, authors = "Adaptive feedback in online mathematics courses", ("Martin, Claire", "Osei, Kofi")
    article = see_paper(title, authors, 2025, venue="Journal of Examples")
    assert judge_pair(see_paper(title, authors, 2024, is_preprint=True), article) is not None
    assert judge_pair(see_paper(title, authors, 2024, venue="Workshop on Examples"), article) is None


def test_one_paper_in_two_journals_is_two_works() -> None:
    """Another volume and other pages say another publication."""
    title, authors = "Adaptive feedback in online courses", ("Martin, Claire",)
    first = see_paper(title, authors, 2024, venue="Journal of Examples", volume="12", pages="1-9")
    second = see_paper(title, authors, 2024, venue="Revue des exemples", volume="3", pages="77-80")
    assert judge_pair(first, second) is None


RECURRING = [
    ("Mise à jour Digiforma – Décembre 2025", "Mise à jour Digiforma – Janvier 2026"),
    ("Baromètre de la formation professionnelle 2025", "Baromètre de la formation professionnelle 2026"),
    ("Lettre d'information n° 41 de la formation", "Lettre d'information n° 42 de la formation"),
    ("Panorama de l'IA en formation, tome II", "Panorama de l'IA en formation, tome III"),
    ("Learning technology news, March 2026", "Learning technology news, April 2026"),
]


@pytest.mark.parametrize(("one", "other"), RECURRING)
def test_numbers_of_a_series_are_told_apart(one: str, other: str) -> None:
    """Titles that are alike but for a month, a year or a number are not the same thing, whatever the cosine."""
    assert judge_pair(see(one), see(other), Near(0.99, 0.5)) is None


def test_a_title_that_a_source_repeats_is_another_thing_each_week() -> None:
    """The same title from the same source a week later is news."""
    title = "Actualités de la semaine de la formation"
    first, second = see(title, source="blog"), see(title, source="blog", days=7)
    assert judge_pair(first, second) is None
    assert build_stories([first, second], find_links([first, second], [], {}))[0].members[1:] == ()


def test_a_text_taken_up_elsewhere_is_the_same() -> None:
    """A title of some length in two sources within weeks is one text."""
    first = see("Le compte personnel de formation change de règles au printemps", source="agence")
    second = see("Le compte personnel de formation change de règles au printemps", source="journal", days=3)
    link = judge_pair(first, second)
    assert link is not None
    assert (link.relation, link.reason) == ("same", "same title")


def test_another_telling_of_an_event_is_about_it_within_days_only() -> None:
    """Meaning and shared words join tellings of one event; a month later it is another event."""
    first = see("La Cour des comptes critique le financement de l'apprentissage")
    soon = see("Apprentissage : la Cour des comptes épingle le financement", days=2)
    late = see("Apprentissage : la Cour des comptes épingle le financement", days=40)
    link = judge_pair(first, soon, Near(0.7, 0.1))
    assert link is not None
    assert link.relation == "about"
    assert "cour" in link.reason
    assert judge_pair(first, late, Near(0.7, 0.1)) is None


def test_a_translation_stands_out_of_its_surroundings() -> None:
    """Two languages are one text when the two are closer to each other than to what surrounds them."""
    french = see("Construction d'un lexique bilingue à partir d'un corpus")
    english = see("Building a bilingual lexicon from a corpus", language="en")
    link = judge_pair(french, english, Near(0.6, 0.2))
    assert link is not None
    assert (link.relation, link.reason) == ("same", "translation")
    assert judge_pair(french, english, Near(0.6, -0.1)) is None


@pytest.mark.parametrize(
    ("english", "near"),
    [
        (see("Awards shortlist: full list and finalists", language="en"), Near(0.4, 0.2)),
        (see("Awards shortlist: full list and finalists", language="en"), Near(0.6, 0.04)),
        (see("Official list of emerging professions", language="en", days=90), Near(0.7, 0.3)),
    ],
    ids=["a subject", "surroundings as close", "another season"],
)
def test_news_in_two_languages_must_be_very_close_to_be_one(english: SeenItem, near: Near) -> None:
    """Nothing but meaning vouches for a translation of news: less than clearly the same is two stories."""
    french = see("Métiers émergents : liste officielle")
    assert judge_pair(french, english, near) is None
    assert judge_pair(french, see("Emerging professions: the official list", language="en"), Near(0.6, 0.2))


def test_two_titles_of_one_pattern_are_no_translation() -> None:
    """One source's titles that share half their words are in one language, whatever language each looks like."""
    opens = see("[info] T-shirt pickup opens", source="agenda", language="en")
    closes = see("[info] T-shirt pickup closes", source="agenda")
    assert judge_pair(opens, closes, Near(0.8, 0.2)) is None


@pytest.mark.parametrize(
    ("fields", "other"),
    [
        ({"authors": ("Martin, C.",)}, {"authors": ("Osei, K.",)}),
        ({"language": None}, {}),
        ({"language": "en-GB"}, {}),
    ],
    ids=["other authors", "a language that nobody knows", "one language of two countries"],
)
def test_what_is_no_translation(fields: dict, other: dict) -> None:  # type: ignore[type-arg]
    """Two papers on one subject are a translation only where languages differ and authors do not."""
    french = see("Construction d'un lexique bilingue à partir d'un corpus", **{"details": Paper(), **fields})
    english = see("Building a bilingual lexicon from a corpus", **{"language": "en", "details": Paper(), **other})
    assert judge_pair(french, english, Near(0.6, 0.2)) is None


def test_who_translates_an_article_signs_it_too() -> None:
    """Other names under a press article do not keep its translation from it."""
    french = see("Sept universités comparent leurs chartes", authors=("Martin, C.",))
    english = see("Seven universities compare their charters", authors=("Osei, K.",), language="en")
    assert judge_pair(french, english, Near(0.6, 0.2)) is not None


def test_an_edition_is_not_the_translation_of_another() -> None:
    """Numbers that differ tell translations apart too."""
    french = see("Baromètre de la formation 2025")
    english = see("Training barometer 2026", language="en")
    assert judge_pair(french, english, Near(0.6, 0.2)) is None


@pytest.mark.parametrize(
    "title",
    [
        "Retraction: {}", "RETRACTED: {}", "Retracted Article: {}", "Retraction notice to “{}” [Comput. 12 (2020) 1-9]",
        "[Retracted] {}", "{} (Retracted)", "WITHDRAWN: {}", "Erratum to: {}", "Corrigendum to '{}'",
        "Author Correction: {}", "Expression of Concern: {}", "Rétractation : {}",
    ],
)  # fmt: skip
def test_a_notice_is_of_its_work(title: str) -> None:
    """Years later, under a DOI of its own and signed by others, a notice joins the work, which stays the face."""
    name = "Adaptive feedback in online mathematics courses"
    work = see_paper(name, ("Martin, Claire",), 2021, volume="12", pages="1-9")
    notice = see(title.format(name), days=900, identifiers={"doi": "10.1/n"}, details=Paper(year=2024, pages="400"))
    link = judge_pair(work, notice)
    assert link is not None
    assert (link.relation, link.reason) == ("same", "notice of the work")
    (story,) = build_stories([work, notice], [link])
    assert story.item_id == work.item_id


def test_correction_is_a_word_too() -> None:
    """A title that begins with the word, or an earlier one, is no notice."""
    work = see_paper("Misconceptions in science classes", ("Martin, C.",), 2021)
    assert judge_pair(work, see_paper("Correction of misconceptions in science classes", ("Osei, K.",), 2023)) is None
    assert judge_pair(work, see_paper("Erratum: Misconceptions in science classes", ("Osei, K.",), 2019)) is None


@pytest.mark.parametrize("title", ["Editorial", "Éditorial", "Introduction", "Book reviews", "Table ronde"])
def test_a_title_of_many_is_no_work(title: str) -> None:
    """Even by one author in one year, unless volume and pages say so."""
    one = see_paper(title, ("Martin, Claire",), 2024)
    assert judge_pair(one, see_paper(title, ("Martin, Claire",), 2024, venue="Revue")) is None
    assert judge_pair(one, see(title, source="blog")) is None
    placed = [
        see_paper(title, ("Martin, Claire",), 2024, venue=v, volume="3", pages="1-2") for v in ("Revue", "La revue")
    ]
    assert judge_pair(*placed) is not None


def test_a_talk_and_its_article_are_two_works() -> None:
    """Proceedings and a journal are two publications, even in one year."""
    title, authors = "Adaptive feedback in online mathematics courses", ("Martin, Claire", "Osei, Kofi")
    talk = see_paper(title, authors, 2024, venue="Proceedings of the Workshop on Examples")
    assert judge_pair(talk, see_paper(title, authors, 2024, venue="Journal of Examples")) is None
    assert judge_pair(talk, see_paper(title, authors, 2024, venue="Workshop on Examples")) is not None


def test_an_article_may_be_printed_the_year_after() -> None:
    """In one journal; what a meeting repeats each year is another thing each time."""
    title, authors = "Adaptive feedback in online mathematics courses", ("Martin, Claire", "Osei, Kofi")
    for venue, same in (("Journal of Examples", True), ("Proceedings of Examples", False)):
        years = [see_paper(title, authors, year, venue=venue) for year in (2023, 2024)]
        assert (judge_pair(*years) is not None) == same


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Voir https://doi.org/10.1000/ABC.12).", {"doi:10.1000/abc.12"}),
        ("(DOI : 10.1000/182)", {"doi:10.1000/182"}),
        ("preprint arXiv:2301.12345v2 and https://arxiv.org/abs/2301.12345", {"arxiv:2301.12345"}),
        ("déposé sur https://hal.science/hal-01234567v1", {"hal:hal-01234567"}),
        ("La version 10.1 est halogène", set()),
    ],
)
def test_texts_mention_works(text: str, named: set[str]) -> None:
    """By their identifiers, bare and in lower case."""
    assert find_mentions(text) == named


def test_a_piece_that_mentions_a_study_is_about_it() -> None:
    """One study; a list of several, and a paper's references, say nothing."""
    study = see("Tutoring with language models", identifiers={"doi": "10.1000/182"}, details=Paper(), kind="paper")
    press = see("L'IA fait-elle progresser les élèves ?", summary="L'étude : https://doi.org/10.1000/182")
    listing = see("Nos lectures", summary="https://doi.org/10.1000/182 et https://doi.org/10.1000/183")
    citing = see("A reply to a trial", summary="We reply to doi:10.1000/182", details=Paper(), kind="paper")
    (link,) = find_links([study, press, listing, citing], [], {})
    assert {link.a, link.b} == {study.item_id, press.item_id}
    assert (link.relation, link.reason) == ("about", "mentions doi 10.1000/182")


def test_another_model_is_read_in_its_own_spread() -> None:
    """Thresholds stay for the spreads that collections bring about; a model that spreads otherwise moves them."""
    assert [find_stretch(spread) for spread in (0.057, 0.04, 0.086)] == [1, 1, 1]
    loose, tight = Scale(stretch=find_stretch(0.25)), Scale(stretch=find_stretch(0.01))
    usual = find_thresholds(Scale())
    assert usual["near"] < find_thresholds(loose)["near"] < 1
    assert 0 < find_thresholds(tight)["near"] < usual["near"]
    vectors = random_unit(8)
    vectors[1] = vectors[0]
    for scale in (loose, tight):
        assert find_nearest(centre(vectors[:1], scale), vectors[:2], 0.35, 20, scale)[2][0] > 0.9


def test_a_judgement_does_not_depend_on_which_comes_first() -> None:
    """`judge_pair` is symmetric and names the smaller id first."""
    first = see("La Cour des comptes critique le financement de l'apprentissage")
    second = see("Apprentissage : la Cour des comptes épingle le financement", days=2)
    link = judge_pair(first, second, CLOSE)
    assert link == judge_pair(second, first, CLOSE)
    assert link is not None
    assert link.a < link.b


def test_a_series_of_one_publisher_is_not_one_story() -> None:
    """Pieces of one source and site whose titles follow one pattern stay apart, however close in meaning."""
    legal = see("Veille juridique et formation : définition, démarche, exemple", source="blog")
    market = see("Veille commerciale et formation : définition, démarche, exemple", source="blog")
    assert judge_pair(legal, market, CLOSE) is None


def test_runs_of_an_event_with_other_dates_are_other_things() -> None:
    """Two dates of one event are two."""
    one = see("Journées de la pédagogie numérique", kind="event", details=Event(starts_on=date(2026, 5, 1)))
    other = see("Journées de la pédagogie numérique", kind="event", details=Event(starts_on=date(2026, 6, 1)))
    assert judge_pair(one, other, CLOSE) is None


@pytest.mark.parametrize(("source", "told"), [("agenda", False), ("another-agenda", True)])
def test_an_agenda_lists_each_thing_once(source: str, told: bool) -> None:
    """Two entries of one day under other titles are two things there, and may be one in two agendas."""
    day = Event(starts_on=date(2026, 5, 1))
    opens = see("Salle des ateliers : ouverture des portes", source="agenda", kind="event", details=day)
    closes = see("Salle des ateliers : fermeture des portes", source=source, kind="event", details=day)
    assert (judge_pair(opens, closes, Near(0.9, 0.4)) is not None) == told


def test_keys_name_identifiers_and_spare_short_titles() -> None:
    """Identifiers and the address are keys; a title of two words is not."""
    keys = identity_keys(see("Éditorial", canonical_url="https://example.org/1", identifiers={"doi": "10.1000/A"}).item)
    assert keys == ["doi:10.1000/a", "url:https://example.org/1"]


def test_near_titles_share_a_key() -> None:
    """An added subtitle does not hide a title from the other."""
    one = identity_keys(see("Adaptive feedback in online mathematics courses").item)
    other = identity_keys(see("Adaptive feedback in online mathematics courses: a trial in schools").item)
    assert {key for key in one if key in other}


def test_a_key_of_a_crowd_makes_no_candidates() -> None:
    """What more than `CROWD` items share joins none of them."""
    items = [see(f"Titre {number} sans rapport", source=str(number), canonical_url="") for number in range(CROWD + 1)]
    crowded = [
        SeenItem(Item(**{**fields(seen.item), "canonical_url": "https://example.org/"}), MONDAY, MONDAY)
        for seen in items
    ]
    assert find_links(crowded, [], {}) == []


def fields(item: Item) -> dict[str, object]:
    return {name: getattr(item, name) for name in Item.__dataclass_fields__}


def random_unit(rows: int, seed: int = 1) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((rows, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_near_rows_are_those_of_the_whole_product() -> None:
    """The blocked search finds what the plain product finds, the closest first, at most so many a row."""
    new, every = random_unit(7), random_unit(2500, seed=2)
    product = new @ every.T
    rows, columns, _ = find_nearest(new, every, 0.5, 5, Scale())
    for row in range(7):
        expected = [column for column in np.argsort(-product[row])[:5] if product[row, column] >= 0.5]
        assert columns[rows == row].tolist() == expected


def test_nothing_is_near_in_an_empty_collection() -> None:
    """No rows give no pairs."""
    nobody = np.empty((0, 16), dtype=np.float32)
    for new, every in ((random_unit(3), nobody), (nobody, random_unit(3))):
        assert [len(found) for found in find_nearest(new, every, 0.5, 5, Scale())] == [0, 0, 0]


def test_centring_takes_out_what_a_language_has_in_common() -> None:
    """Unrelated texts that a model puts close together are near 0 once centred."""
    common = np.zeros((2, 16), dtype=np.float32)
    common[0, 0] = common[1, 1] = 3
    vectors = random_unit(400)
    vectors[:200] += common[0]
    vectors[200:] += common[1]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    items = [see(f"titre {number}", language="fr" if number < 200 else "en").item for number in range(400)]
    centred = centre(vectors, fit_scale(items, vectors))
    off_diagonal = (centred @ centred.T)[np.triu_indices(400, 1)]
    assert (vectors[:200] @ vectors[:200].T).mean() > 0.8
    assert abs(float(off_diagonal.mean())) < 0.05


def test_the_scale_does_not_depend_on_the_order() -> None:
    """A scale of the same items in another order is the same."""
    items, vectors = [see(f"titre {number} commun").item for number in range(60)], random_unit(60)
    order = random.Random(3).sample(range(60), 60)
    one, other = fit_scale(items, vectors, 40), fit_scale([items[at] for at in order], vectors[order], 40)
    assert one.rarity == other.rarity
    assert np.allclose(one.sample, other.sample)


def link(a: SeenItem, b: SeenItem, relation: str = "about", similarity: float = 0.7) -> Link:
    first, second = sorted((a.item_id, b.item_id))
    return Link(first, second, relation, similarity, "same title" if relation == "same" else "same event: x")  # type: ignore[arg-type]


def test_a_story_has_the_id_of_its_earliest_item_and_prefers_the_paper() -> None:
    """The id is the earliest item's; the representative is the work itself."""
    press = see("Une étude sur le tutorat", days=0)
    preprint = see("A study of tutoring", days=1, kind="paper", details=Paper(is_preprint=True))
    article = see("A study of tutoring", days=2, kind="paper", details=Paper(is_preprint=False))
    links = [link(press, preprint, "same", 1.0), link(preprint, article, "same", 1.0)]
    (story,) = build_stories([article, press, preprint], links)
    assert (story.story_id, story.item_id) == (press.item_id, article.item_id)
    assert [member.item_id for member in story.members] == [press.item_id, preprint.item_id, article.item_id]


def test_stories_do_not_depend_on_the_order_of_items_or_links() -> None:
    """Every order of arrival gives the same stories."""
    items = [see(f"titre {number}", days=number) for number in range(5)]
    links = [
        link(items[0], items[1], "same", 1.0),
        link(items[1], items[2], "about", 0.9),
        link(items[0], items[2], "about", 0.7),
        link(items[2], items[3], "about", 0.7),
        link(items[3], items[4], "about", 0.8),
    ]
    expected = build_stories(items, links)
    for order in permutations(range(5)):
        assert build_stories([items[at] for at in order], [links[at] for at in reversed(order)]) == expected


def test_a_bridge_does_not_chain_two_stories() -> None:
    """One link by meaning between two groups of two leaves them apart."""
    a, b, c, d = (see(f"titre {number}", days=number) for number in range(4))
    links = [link(a, b), link(c, d), link(b, c, similarity=0.6)]
    assert [len(story.members) for story in build_stories([a, b, c, d], links)] == [2, 2]


def test_links_found_day_by_day_are_those_found_at_once() -> None:
    """New items against old ones give the links that all of them give together."""
    titles = [
        "Le compte personnel de formation change de règles au printemps",
        "Apprentissage : la Cour des comptes épingle le financement",
        "Une plateforme de cours en ligne ferme ses portes à Lyon",
    ]
    seen = [see(title, source=f"s{copy}", days=copy) for copy in range(3) for title in titles]
    at_once = find_links(seen, [], {})
    by_day = [one for day in range(3) for one in find_links(seen[3 * day : 3 * day + 3], seen[: 3 * day], {})]
    assert sorted(by_day, key=lambda one: (one.a, one.b)) == at_once
    assert len(at_once) == 9
