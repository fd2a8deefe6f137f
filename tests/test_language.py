from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veille.items.language import WORD, _western_words, detect_language


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Ce que l’IA change pour les enseignants", "fr"),
        ("Réforme du lycée : le calendrier se précise", "fr"),
        ("What the new rules mean for online degrees", "en"),
        ("Universities rethink assessment", "en"),
        ("Las universidades públicas y la inteligencia artificial", "es"),
        ("Die Schulen und der Umgang mit digitalen Medien", "de"),
        ("La scuola italiana e le nuove tecnologie nella didattica", "it"),
        ("As escolas e o ensino a distância não são iguais", "pt"),
        ("Het onderwijs en de nieuwe regels voor scholen", "nl"),
    ],
)
def test_language_of_a_title(title: str, language: str) -> None:
    """A headline is enough to tell its language."""
    assert detect_language(title) == language


def test_a_summary_tells_what_a_title_does_not() -> None:
    """The summary decides where the title is a name."""
    assert detect_language("Parcoursup", "Les lycéens ont jusqu’au 13 mars pour formuler leurs vœux.") == "fr"


def test_what_the_source_declares_decides_only_close_cases() -> None:
    """A declared language is taken for a text that does not tell, never against one that does."""
    assert detect_language("Moodle 5", prior="fr-FR") == "fr"
    assert detect_language("Les élèves et le numérique dans les écoles", prior="en-US") == "fr"


def test_no_words_no_language() -> None:
    """Nothing but numbers has no language unless the source declares one."""
    assert detect_language("2026 – 12/34") is None
    assert detect_language("2026 – 12/34", prior="de") == "de"


@pytest.mark.parametrize(
    ("title", "prior", "language"),
    [
        ("台灣教育科技展", None, "zh"),
        ("教育AI入門ガイド", None, "ja"),
        ("Цифровое образование", None, "ru"),
        ("Цифрова освіта", "uk", "uk"),
        ("Цифровое образование", "tr", "ru"),
        ("Kadınların sağlık eğitimi ihtiyaçlarının belirlenmesi", "tr", "tr"),
        ("The needs of women and what they are taught in the schools of the country", "tr", "en"),
        ("Le mot 教育 dans les textes de la réforme", None, "fr"),
    ],
)
def test_languages_that_it_has_no_words_of(title: str, prior: str | None, language: str) -> None:
    """Another script tells its language; another declared language is believed for what is not clearly one we know."""
    assert detect_language(title, prior=prior) == language


@pytest.mark.parametrize("name", ["ICML 2023", "Maxïmo Park", "LAI 11-11-2024"])
def test_a_name_has_no_language(name: str) -> None:
    """Some letters without a word of grammar are of no language, unless the source declares one."""
    assert detect_language(name) is None
    assert detect_language(name, prior="en") == "en"


def test_the_name_of_an_event_has_none_either() -> None:
    """Spelling alone tells nothing of what people call a conference; a word of grammar does."""
    assert [detect_language(name, is_name=True) for name in ("GOTO Copenhagen", "Accessibility Days")] == [None, None]
    assert detect_language("Les assises du numérique", is_name=True) == "fr"


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("AI for Good: Celebrating the National AI Award", "en"),
        ("How the EU and the UN see AI in schools", "en"),
        ("L’IA à l’école : ce que dit l’UE", "fr"),
        ("LES ÉLÈVES ET LE NUMÉRIQUE DANS LES ÉCOLES", "fr"),
        ("Le scuole e l’AI: ai docenti serve formazione", "it"),
    ],
)
def test_a_word_in_capitals_is_no_word_of_grammar(title: str, language: str) -> None:
    """`AI` is not the Italian word, unless all is in capitals."""
    assert detect_language(title) == language


@pytest.mark.parametrize("name", ["AI DevSummit", "AI EXPO", "Visual Studio Live Las Vegas"])
def test_one_word_of_grammar_is_not_believed_against_what_a_name_declares(name: str) -> None:
    """The language told with an event is that of its name, unless more than a word says another."""
    assert detect_language(name, prior="en", is_name=True) == "en"
    assert detect_language("Les assises du numérique", prior="en", is_name=True) == "fr"


@given(st.text(alphabet=st.sampled_from("aéœÿß1_²ª -’«»€\u00a0\u0308\x85"), max_size=30).map(str.lower))
def test_western_words_are_the_words(text: str) -> None:
    """The quick way to the words of a text finds what the other one does, wherever it can be taken."""
    assert _western_words(text) in (WORD.findall(text), None)


def test_what_is_not_western_has_no_quick_way() -> None:
    """Every letter and mark of the languages with words of their own is read quickly, another script never."""
    assert _western_words("l’œuvre, « à 5 € » – naïve…") == ["l", "œuvre", "à", "naïve"]
    assert [_western_words(text) for text in ("le mot 教育", "цифра", "ağ", "a\u0308")] == [None] * 4
