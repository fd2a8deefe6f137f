"""Rules of reading the day on which a rule takes effect."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from veille.items.in_force import find_in_force

TOLD = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("Le décret entre en vigueur le 1er septembre 2026.", date(2026, 9, 1)),
        ("Ces dispositions entreront en vigueur au 1er janvier 2027.", date(2027, 1, 1)),
        ("L’arrêté est applicable à compter du 15 avril 2026 aux organismes certifiés.", date(2026, 4, 15)),
        ("À compter du 2 mai, la participation du titulaire passe à 150 €.", date(2026, 5, 2)),
        ("À compter du 20 février, le formulaire change.", date(2026, 2, 20)),  # it took effect three weeks ago
        ("Le 1er octobre 2026, la nouvelle grille prendra effet.", date(2026, 10, 1)),
        ("The regulation enters into force on 2 August 2026.", date(2026, 8, 2)),
        ("The new rules take effect on August 2, 2026 for providers.", date(2026, 8, 2)),
        ("The guidance is effective from 2026-07-01.", date(2026, 7, 1)),
    ],
)
def test_a_stated_day_of_effect_is_read(text: str, on: date) -> None:
    """In French and in English, before or after the words that announce it, with or without its year."""
    found = find_in_force("Certification des organismes", f"Une première phrase sans date. {text}", TOLD)
    assert found is not None
    assert (found.on, found.quote) == (on, text)


@pytest.mark.parametrize(
    "text",
    [
        "Le décret du 3 mars 2026 précise les modalités de contrôle.",
        "La réforme entrera en vigueur en septembre 2026.",
        "An effective way to learn, published on 3 March 2026.",
        "",
    ],
)
def test_a_day_that_is_not_of_effect_is_none(text: str) -> None:
    """The day of a decree is not the day on which it takes effect, and a month is not a day."""
    assert find_in_force("", text, TOLD) is None


def test_hostile_text_is_read_in_bounds() -> None:
    """A megabyte of announcements costs no more than its beginning."""
    assert find_in_force("", "entre en vigueur le 31 février 2026 " * 50_000, TOLD) is None
