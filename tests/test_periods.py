from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veille.items.periods import find_day, find_period

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
FORMS = (
    "du {a.day} {m} au {b.day} {n}", "{w} {a.day} {m} - {v} {b.day} {n}, 9h-17h", "du {a:%d/%m} au {b:%d/%m}",
    "{a.day} {m} → {b.day} {n}", "{a:%d.%m.} – {b:%d.%m.}", "{a:%B} {a.day} - {b:%B} {b.day}",
)  # fmt: skip
WORDS = (
    "mar.",
    "12",
    "3",
    "mai",
    "lundi",
    "au",
    "-",
    "/",
    ".",
    ",",
    "9h30",
    "12/05",
    "2026",
    "10:30",
    "pm",
    "t/m",
    "1er",
)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("12-14 March 2026", "2026-03-12", "2026-03-14"),
        ("July 27 - August 1, 2025", "2025-07-27", "2025-08-01"),
        ("November 12-16, 2024", "2024-11-12", "2024-11-16"),
        ("du 12 au 14 mars 2026", "2026-03-12", "2026-03-14"),
        ("30 mars – 2 avril 2026", "2026-03-30", "2026-04-02"),
        ("les 12 et 13 mai 2026", "2026-05-12", "2026-05-13"),
        ("December 30, 2025 - January 2, 2026", "2025-12-30", "2026-01-02"),
        ("2026-05-19 to 2026-05-20", "2026-05-19", "2026-05-20"),
        ("les 12, 13 et 14 mai 2026", "2026-05-12", "2026-05-14"),
        ("entre le 12 et le 14 mai 2026", "2026-05-12", "2026-05-14"),
        ("du lundi 30 mars au jeudi 2 avril 2026", "2026-03-30", "2026-04-02"),
        ("du 30/04 au 02/05/2026", "2026-04-30", "2026-05-02"),
        ("30.04. - 02.05.2026", "2026-04-30", "2026-05-02"),
        ("28 décembre - 2 janvier 2027", "2026-12-28", "2027-01-02"),
        ("31 de mayo al 2 de junio de 2026", "2026-05-31", "2026-06-02"),
        ("de mai à octobre 2026", "2026-05-01", "2026-10-31"),
        ("January-February 2026", "2026-01-01", "2026-02-28"),
        ("de septembre 2026 à mars 2027", "2026-09-01", "2027-03-31"),
        ("Lyon, 4-6 mai 2026", "2026-05-04", "2026-05-06"),
        ("12 mai 2026 à Paris", "2026-05-12", None),
        ("Champ de Mars – 12 mai 2026", "2026-05-12", None),
        ("12 mai 2026 à 14 h", "2026-05-12", None),
        ("2026-05-19", "2026-05-19", None),
        ("19/05/2026", "2026-05-19", None),
        ("19 mai 2026, 18:30 - 20:00", "2026-05-19", None),
        ("TBA", None, None),
        ("2026", None, None),
        ("July, 13-14, 2026", "2026-07-13", "2026-07-14"),
        ("May 12 through 14, 2026", "2026-05-12", "2026-05-14"),
        ("2026, May 12-14", "2026-05-12", "2026-05-14"),
        ("December 30, 2025 - January 2", "2025-12-30", "2026-01-02"),
        ("12/13 mai 2026", "2026-05-12", "2026-05-13"),
        ("14 → 16 oct. 2026", "2026-10-14", "2026-10-16"),
        ("mer. 6, jeu. 7 et ven. 8 mai 2026", "2026-05-06", "2026-05-08"),
        ("28-29-30 mai 2026", "2026-05-28", "2026-05-30"),
        ("13 mai @ 10h00 - 15 mai @ 12h00", "2026-05-13", "2026-05-15"),
        ("3e édition : 5-7 mai 2026", "2026-05-05", "2026-05-07"),
        ("12-14/05/2026", "2026-05-12", "2026-05-14"),
        ("du 12 au 14/05", "2026-05-12", "2026-05-14"),
        ("12.-14.05.2026", "2026-05-12", "2026-05-14"),
        ("vom 12. bis zum 14. Mai 2026", "2026-05-12", "2026-05-14"),
        ("12 e 13 maggio 2026", "2026-05-12", "2026-05-13"),
        ("12 y 13 de mayo de 2026", "2026-05-12", "2026-05-13"),
        ("12 a 14 de maio de 2026", "2026-05-12", "2026-05-14"),
        ("12 t/m 14 mei 2026", "2026-05-12", "2026-05-14"),
        ("1117 – 15 au 30 avril 2026", "2026-04-15", "2026-04-30"),
        ("19-oct-2026", "2026-10-19", None),
        ("11-12-dec-2026", "2026-12-11", "2026-12-12"),
        ("april/juni 2026", "2026-04-01", "2026-06-30"),
        ("octobre 2026", "2026-10-01", "2026-10-31"),
        ("10 January 10, 2026", "2026-01-10", None),
        ("Salle 3 - 12 mai 2026", "2026-05-12", None),
        ("2 mai au 3 rue du Parc", "2026-05-02", None),
    ],
)
def test_periods(text: str, first: str | None, last: str | None) -> None:
    """A period in words is its first and its last day."""
    assert find_period(text, NOW) == (first and date.fromisoformat(first), last and date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("12 mai 2026, 9h30-11h", "2026-05-12", None),
        ("16 May 2026 - 13:00-14:00", "2026-05-16", None),
        ("8:45am-4:00pm on Friday 29 May 2026", "2026-05-29", None),
        ("Thursday 28th May 2026, 9.30-12.30", "2026-05-28", None),
        ("Tues 26 May 2026, 2pm- 4pm", "2026-05-26", None),
        ("Mittwoch, 13. Mai 2026, 14 Uhr bis 16 Uhr", "2026-05-13", None),
        ("June 22 – June 26th, 2026 from 9 AM to 4 PM", "2026-06-22", "2026-06-26"),
        ("12 mai 2026 14h - 13 mai 2026 12h", "2026-05-12", "2026-05-13"),
        ("May 12 - 9 am", "2026-05-12", None),
        ("2026-05-12 09:00 - 2026-05-14 17:00", "2026-05-12", "2026-05-14"),
        ("Jun 3, 2026, 14:34 GMT-7", "2026-06-03", None),
        ("12 mai, 18 participants", "2026-05-12", None),
    ],
)
def test_times_are_no_days(text: str, first: str, last: str | None) -> None:
    """The hours of a day are neither the end of a period nor a time zone that moves the day, nor are other numbers."""
    assert find_period(text, NOW) == (date.fromisoformat(first), last and date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("mar. 12 mai", "2026-05-12", None),
        ("mar. 12/05/2026", "2026-05-12", None),
        ("du mar. 8 au jeu. 10 déc. 2026", "2026-12-08", "2026-12-10"),
        ("mar, 12 gennaio 2027", "2027-01-12", None),
        ("mar. 3 mars 2026", "2026-03-03", None),
        ("Mar 12, 2026", "2026-03-12", None),
        ("Mar. 12 - Apr. 2, 2026", "2026-03-12", "2026-04-02"),
        ("12 mar 2026", "2026-03-12", None),
    ],
)
def test_a_tuesday_is_not_march(text: str, first: str, last: str | None) -> None:
    """`mar.` before a day is the day of the week where the month is told after the day, as it is in French."""
    assert find_period(text, NOW) == (date.fromisoformat(first), last and date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("jeudi 7 mai", "2026-05-07", None),
        ("mercredi 7 mai", "2025-05-07", None),
        ("vendredi 7 mai", "2027-05-07", None),
        ("mardi 25 février", "2025-02-25", None),
        ("Do. 14.05.", "2026-05-14", None),
        ("Monday, 4/5/2026", "2026-05-04", None),
        ("Sunday, 4/5/2026", "2026-04-05", None),
        ("sam. 16 et dim. 17 mai", "2026-05-16", "2026-05-17"),
        ("Kansas City, Mo., May 13-16", "2026-05-13", "2026-05-16"),
        ("1er avril", "2026-04-01", None),
        ("28 décembre au 3 janvier", "2025-12-28", "2026-01-03"),
        ("du 1er octobre au 30 juin", "2025-10-01", "2026-06-30"),
        ("12/10", "2026-10-12", None),
        ("24/7", None, None),
    ],
)
def test_what_is_not_told_of_a_day(text: str, first: str | None, last: str | None) -> None:
    """Without a year, the day of the week tells it, else it is the one that is announced or just over."""
    assert find_period(text, NOW) == (first and date.fromisoformat(first), last and date.fromisoformat(last))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-02-15 23:59:59", "2026-02-15"),
        ("2026-05-05T00:30:00+02:00", "2026-05-05"),
        ("20260410T110000", "2026-04-10"),
        ({"local": "2026-05-05T00:30:00", "utc": "2026-05-04T22:30:00Z"}, "2026-05-05"),
        ("12 octobre", "2026-10-12"),
        ("28 February", "2026-02-28"),
        ("2026-02-31", None),
        ("2026", None),
        ("18:30", None),
        ("12 mai 2026 au 14 mai 2026", "2026-05-12"),
        ("Thu, 07 Dec 17 23:00:29 -0800", "2017-12-07"),
        ("1670932800", "2022-12-13"),
        ("octobre 2026", None),
        (None, None),
    ],
)
def test_days(written: object, day: str | None) -> None:
    """A day is the one that is written; without a year, the one that is announced."""
    assert find_day(written, NOW) == (day and date.fromisoformat(day))


@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_a_period_ends_after_it_begins(words: list[str]) -> None:
    """Whatever is written, what is read of it is possible."""
    first, last = find_period(" ".join(words), NOW)
    assert last is None or (first is not None and first < last)


@given(st.integers(0, 700), st.integers(-60, 240), st.integers(1, 28), st.sampled_from(FORMS))
def test_what_is_announced_is_read_as_it_was_written(clock: int, ahead: int, length: int, form: str) -> None:
    """Without a year, on any day of the year: a period from two months ago to eight months ahead."""
    now = NOW + timedelta(days=clock)
    first = now.date() + timedelta(days=ahead)
    last = first + timedelta(days=length)
    words = {
        "m": MONTHS[first.month - 1],
        "n": MONTHS[last.month - 1],
        "w": DAYS[first.weekday()],
        "v": DAYS[last.weekday()],
    }
    assert find_period(form.format(a=first, b=last, **words), now) == (first, last)
