"""Promotion: what sells something says so in more than one way."""

from __future__ import annotations

import pytest

from veille.rank.promotion import detect_promotion
from veille.rank.reading import ItemText


@pytest.mark.parametrize(
    ("title", "summary", "source"),
    [
        ("Demandez une démo de notre plateforme de formation", "", "a"),
        ("Skillo lance un copilote", "Nous sommes fiers de le présenter : réservez votre démo dès maintenant.", "b"),
        ("Meet Learnify Assist", "We're excited to announce our new tool for teachers.", "learnify-blog"),
        ("Le LMS tout-en-un", "Leader européen du digital learning, notre solution équipe 500 clients.", "a"),
        ("[Contenu sponsorisé] Former ses équipes à l'IA", "", "journal"),
        ("5 reasons to rethink onboarding", "Download our free guide; the market-leading platform helps.", "b"),
    ],
)
def test_an_offer_of_its_author_is_promotional(title: str, summary: str, source: str) -> None:
    """A label, two kinds of signs, or one beside the author's own name in the title."""
    assert detect_promotion(ItemText("x", title, summary, source_id=source))


@pytest.mark.parametrize(
    ("title", "summary", "source"),
    [
        ("L'université ouvre une plateforme de cours en ligne", "Inscription dès septembre.", "campus"),
        ("Our schools need more teachers", "The union says our services are underfunded.", "times"),
        ("Skillo lève 10 millions d'euros", "La jeune pousse, leader européen, veut recruter.", "journal"),
        ("Skillo offers a free trial to universities", "Teachers may apply.", "edtech-news"),
        ("Education news of the week", "Our experts answer.", "education-news"),
        ("Nous sommes heureux de vous accueillir au colloque", "Communications jusqu'au 3 mars.", "association"),
    ],
)
def test_one_sign_alone_is_no_promotion(title: str, summary: str, source: str) -> None:
    """News about a vendor, and an institution that speaks of its own, are told as they are."""
    assert not detect_promotion(ItemText("x", title, summary, source_id=source))


def test_research_and_agenda_are_never_promotional() -> None:
    """Only press and technology are asked: a call for papers may say what it likes."""
    words = ("Our new platform: request a demo", "Free trial.")
    assert detect_promotion(ItemText("x", *words, section="technology"))
    assert not detect_promotion(ItemText("x", *words, section="research"))
    assert not detect_promotion(ItemText("x", *words, section="events"))
