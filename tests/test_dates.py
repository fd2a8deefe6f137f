from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veille.items.dates import parse_date

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Mon, 02 Mar 2026 14:30:00 +0100", "2026-03-02 13:30"),
        ("Mon, 02 Mar 2026 14:30:00 +0000", "2026-03-02 14:30"),
        ("Mon, 02 Mar 2026 14:30:00 GMT", "2026-03-02 14:30"),
        ("2 Mar 26 14:30 EST", "2026-03-02 19:30"),
        ("Mon, 02 Mar 2026 14:30:00 -0500 (EST)", "2026-03-02 19:30"),
        ("Mon, 02 Mar 2026 14:30:00 Nowhere/City", "2026-03-02 14:30"),
        ("Fri,13 Feb 2026 10:00:00 GMT", "2026-02-13 10:00"),
        ("Mon Mar  2 14:30:00 2026", "2026-03-02 14:30"),
        ("Mon Mar  2 14:30:00 CET 2026", "2026-03-02 13:30"),
        ("March 2, 2026 2:30 pm", "2026-03-02 14:30"),
        ("Mar 2, 2026, 12:05 AM", "2026-03-02 00:05"),
        ("2026-03-02T14:30:00Z", "2026-03-02 14:30"),
        ("2026-03-02T14:30:00.123456+01:00", "2026-03-02 13:30"),
        ("2026-03-02 14:30", "2026-03-02 14:30"),
        ("20260302T143000Z", "2026-03-02 14:30"),
        ("2026-03-02T24:00:00Z", "2026-03-03 00:00"),
        ("2026-03-02", "2026-03-02 00:00"),
        ("2026.3.2", "2026-03-02 00:00"),
        ("2026-03", "2026-03-01 00:00"),
        ("2026", "2026-01-01 00:00"),
        ("1772461800", "2026-03-02 14:30"),
        ("lundi 3 mars 2026 à 14h30", "2026-03-03 14:30"),
        ("lun., 02 mars 2026 14:30:00 +0100", "2026-03-02 13:30"),
        ("dimanche 1er février 2026 - 9 h 05", "2026-02-01 09:05"),
        ("Publié le 5 décembre 2025", "2025-12-05 00:00"),
        ("22 déc. 2025", "2025-12-22 00:00"),
        ("1er août", "2025-08-01 00:00"),
        ("mardi 3 mars", "2026-03-03 00:00"),
        ("03/02/2026", "2026-02-03 00:00"),
        ("02/25/2026", "2026-02-25 00:00"),
        ("02.03.2026 14:30", "2026-03-02 14:30"),
        ("2 de diciembre de 2025", "2025-12-02 00:00"),
        ("2. März 2026, 14:30 Uhr", "2026-03-02 14:30"),
        ("2 maggio 2025", "2025-05-02 00:00"),
        ("Volume 3, Issue 2 - Mar 2026", "2026-03-01 00:00"),
        ("mar., 03 févr. 2026 10:00", "2026-02-03 10:00"),
        ("mar. 03/02/2026 10:00", "2026-02-03 10:00"),
        ("Di, 3. Feb. 2026 - 10:15 Uhr", "2026-02-03 10:15"),
        ("10. Jänner 2026", "2026-01-10 00:00"),
        ("February, 3 2026", "2026-02-03 00:00"),
        ("2026, February 3", "2026-02-03 00:00"),
        ("11 and 12 February 2026", "2026-02-12 00:00"),
        ("November 30-December 3, 2025", "2025-11-30 00:00"),
        ("3 February 2026, 13:00-14:00", "2026-02-03 13:00"),
        ("3 Feb 2026 14:30 -0500", "2026-02-03 19:30"),
        ("3 Feb 2026 14:30:00-05:00", "2026-02-03 19:30"),
        ("lundi 3 mars", "2025-03-03 00:00"),
        ("Friday, 3/6/2026", "2026-03-06 00:00"),
    ],
)
def test_dates_as_they_are_written(text: str, instant: str) -> None:
    """Every usual way to write a date gives its instant in UTC."""
    assert parse_date(text, NOW) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n/a",
        "31/02/2026",
        "Thu, 30 Feb 2026 10:00:00 GMT",
        "soon",
        "1990s",
        "2026 2030",
        "11 out of 12",
        "x" * 500,
        "99/99/9999",
    ],
)
def test_no_date(text: str) -> None:
    """A text that names no possible day gives none."""
    assert parse_date(text, NOW) is None


@given(st.text(alphabet="0123456789 -/:.,TZ+marseptjuin", max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """No text makes the reading of dates fail, and what it gives is in UTC."""
    found = parse_date(text, NOW)
    assert found is None or found.tzinfo is UTC
