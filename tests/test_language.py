from __future__ import annotations

import pytest

from veille.items.language import detect_language


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
