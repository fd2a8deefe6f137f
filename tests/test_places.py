from __future__ import annotations

import pytest

from veille.items.places import find_place
from veille.items.records import read_record


@pytest.mark.parametrize(
    ("told", "place", "country", "online"),
    [
        ("Lyon, France", "Lyon", "France", None),
        ("Australia", None, "Australia", None),
        ("Palais des congrès, Lyon", "Palais des congrès, Lyon", None, None),
        ("https://meet.example/abc", None, None, True),
        ("Online via Zoom", None, None, True),
        ("Virtual, Australia", None, "Australia", True),
        ("Hybrid (Dubrovnik, Croatia)", "Dubrovnik", "Croatia", True),
        ("London, UK, and virtual", "London", "UK", True),
        ("Grenoble + en ligne", "Grenoble", None, True),
        ("In-person; Training", None, None, False),
        ("Online & in-person; Workshop", None, None, True),
        ("En présentiel, salle 3", "salle 3", None, False),
        ("Salle de formation", "Salle de formation", None, None),
        ("Atlanta, Georgia", "Atlanta, Georgia", None, None),
        ('"Maison des associations", Toulouse', "Maison des associations, Toulouse", None, None),
    ],
)
def test_places(told: str, place: str | None, country: str | None, online: bool | None) -> None:
    """How one takes part is no place; the last part of a place that is a country is its country."""
    assert find_place(read_record({"location": told})) == (place, country, online)


@pytest.mark.parametrize(
    ("told", "place", "country"),
    [
        ({"venue": "Center, Philadelphia, USA", "country": "Pennsylvania"}, "Center, Philadelphia", "USA"),
        ({"venue": "Center, Melbourne", "country": "AU"}, "Center, Melbourne", "AU"),
        ({"venue": "Center, Tbilisi, Georgia", "country": "Georgia"}, "Center, Tbilisi", "Georgia"),
    ],
)
def test_countries(told: dict[str, str], place: str, country: str) -> None:
    """What is told as a country is believed unless it is none and the place ends with one."""
    assert find_place(read_record(told))[:2] == (place, country)
