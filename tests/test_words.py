"""Words, exact terms and BM25 in French and English."""

from __future__ import annotations

import pytest

from veille.config import Topic
from veille.rank.lexicon import translate
from veille.rank.reading import topic_query
from veille.rank.words import (
    Frequencies,
    Query,
    add_pairs,
    build_query,
    build_terms,
    count_documents,
    find_as_written,
    find_terms,
    fold,
    guess_language,
    rank_bm25,
    split_words,
    stem,
    tokens,
)


def test_fold_drops_case_accents_and_ligatures() -> None:
    """Folding leaves plain lower-case letters."""
    assert fold("Œuvre ÉTÉ naïve Ça") == "oeuvre ete naive ca"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L’évaluation d'un élève qu'elle suit", ["evaluation", "un", "eleve", "elle", "suit"]),
        ("the teacher's e-learning course", ["the", "teacher", "e", "learning", "course"]),
        ("C++ et C# en 2026", ["c++", "et", "c#", "en", "2026"]),
        ("", []),
    ],
)
def test_words_are_split_at_elisions_hyphens_and_possessives(text: str, words: list[str]) -> None:
    """A word is what a reader would look for, without its article."""
    assert split_words(text) == words


def test_words_come_back_as_written() -> None:
    """The folded words can be shown again with their capitals and accents."""
    text = "L’Évaluation des élèves…"
    assert find_as_written(text, split_words(text)) == ["Évaluation", "des", "élèves"]


@pytest.mark.parametrize(
    ("text", "language"),
    [("les effets de la classe inversée", "fr"), ("the effects of flipped classrooms", "en"), ("Moodle 5.0", None)],
)
def test_function_words_tell_the_language(text: str, language: str | None) -> None:
    """French and English are told apart by their function words, and nothing is claimed without them."""
    assert guess_language(split_words(text)) == language


def test_tokens_unite_the_forms_of_a_word() -> None:
    """Stems forgive number and gender, and function words are left out."""
    assert tokens("les évaluations formatives", "fr") == tokens("l'évaluation formative", "fr")
    assert tokens("the learning outcomes of students") == tokens("learning outcome for a student")


def test_a_query_word_meets_its_stem_in_either_language() -> None:
    """A keyword in one language is found in texts of the other where they write it alike."""
    documents = [tokens("l'évaluation des élèves", "fr"), tokens("the evaluation of pupils", "en"), tokens("rain")]
    table = rank_bm25([build_query(("évaluation", 1.0))], documents, count_documents(documents))
    assert table[0, 0] > 0
    assert table[1, 0] > 0
    assert table[2, 0] == 0


def test_bm25_prefers_rare_words_and_short_documents() -> None:
    """A rare word counts more than a common one, and the same word more in a shorter text."""
    frequencies = Frequencies(100, 4.0, {"common": 60, "rare": 2})
    query: Query = {("common",): 1.0, ("rare",): 1.0}
    documents = [["rare", "a"], ["common", "a"], ["rare", "a", "b", "c", "d", "e"]]
    rare, common, long = rank_bm25([query], documents, frequencies)[:, 0]
    assert rare > common
    assert rare > long > 0


def test_bm25_is_the_formula() -> None:
    """One word, once, in a document of average length is worth its inverse document frequency."""
    table = rank_bm25([{("x",): 2.0}], [["x", "y"]], Frequencies(9, 2.0, {"x": 1}))
    assert table[0, 0] == pytest.approx(2 * 1.89712, abs=1e-4)  # 2 log(1 + 8.5 / 1.5)


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("décret", "Deux décrets parus au Journal officiel", True),
        ("décret", "DECRET du 3 mars", True),
        ("IA générative", "L'IA-générative à l'école", True),
        ("IA générative", "L'IA est générative", False),
        ("meta-analysis", "Three meta analyses", True),
        ("LLM", "Tuteurs et LLMs", True),
        ("OPCO", "Les Opco en 2026", True),
        ("apprentissage", "les apprentis", False),
        ("plan régional", "les plans régionaux", True),
        ("art", "start of the party", False),
        ("AI", "j'ai vu", False),
        ("AI", "AI in schools", True),
        ("CPF", "", False),
    ],
)
def test_exact_terms_forgive_only_spelling(term: str, text: str, found: bool) -> None:
    """A term is found as whole words in a row, in either number, whatever the case and accents."""
    assert (find_terms(build_terms([term]), text) == {term}) is found


def test_a_term_without_a_word_is_never_found() -> None:
    """A keyword of punctuation alone matches nothing."""
    assert find_terms(build_terms(["…", ""]), "… ?") == set()


def test_words_that_tell_of_no_subject_are_asked_for_beside_another_only() -> None:
    """« Nouveaux produits » asks for products, and for new products, but not for whatever is new."""
    asked = {variant for key in topic_query(Topic(id="t", name="Nouveaux produits, méta-analyses")) for variant in key}
    assert {"produit", "analys", "nouveau produit", "met analys"} <= asked
    assert asked.isdisjoint({"nouveau", "nouveaux", "new", "met", "meta"})
    assert ("new",) in build_query(("New uses", 1.0))


def test_a_topic_asks_for_translations_and_pairs() -> None:
    """Beside its words a topic asks for what they are called in the other language, and for neighbours, turned too."""
    query = topic_query(Topic(id="a", name="Traduction automatique"))
    assert query["translat",] == query["machin",] == 0.7
    assert {("traduct automat",), ("machin translat",)} <= query.keys()
    assert ("translat",) not in topic_query(Topic(id="a", name="Traduction automatique"), translated=False)


def test_the_lexicon_reads_both_ways() -> None:
    """A French word has its English stems and an English word its French ones; other words have none."""
    assert "school" in translate("ecole")
    assert stem("ecole", "fr") in translate("school")
    assert translate("zzz") == ()


def test_pairs_are_neighbours_that_a_query_asks_for() -> None:
    """A pair follows the stems of a document that has it in order, and only where it is asked for."""
    query: Query = {("machin translat",): 1.0}
    documents = [["machin", "translat", "x"], ["translat", "machin"], ["machin", "x", "translat"]]
    assert add_pairs(documents, [query]) == [["machin", "translat", "x", "machin translat"], *documents[1:]]
