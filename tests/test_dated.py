"""What becomes of dated things between two collections: moved, cancelled, over; through the store, as views say it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from veille.config import Source
from veille.items.moves import find_listed, is_overturned_anew, keep_move
from veille.kinds.ical import parse
from veille.store import Store, open_store
from veille.values import Bookmark, Course, Details, Event, Item, Paper

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
WEEK = timedelta(days=7)
AGENDA = Source(id="agenda", kind="ical", url="https://agenda.example/a.ics", section="events")
MAY, JUNE, LAST_MONTH = date(2026, 5, 4), date(2026, 6, 8), date(2026, 2, 2)
MONTHLY = ("DTSTART;VALUE=DATE:20260105", "RRULE:FREQ=MONTHLY;BYDAY=1MO;BYMONTH=1,5,9")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        opened.sync_sources([AGENDA], NOW)
        yield opened


def calendar(*lines: str, end: str = "END:VCALENDAR\r\n") -> bytes:
    event = ["BEGIN:VEVENT", "UID:rendez-vous", "SUMMARY:Rendez-vous", *lines, "END:VEVENT"]
    return ("\r\n".join(["BEGIN:VCALENDAR", *event]) + "\r\n" + end).encode()


def collect(store: Store, body: bytes, now: datetime = NOW, horizon_days: int = 365) -> tuple[int, int]:
    """What a collection saves of a calendar: how many events are new, and how many changed."""
    source = AGENDA.model_copy(update={"options": {"horizon_days": horizon_days}})
    page = parse(source, body, {}, AGENDA.url or "", now)
    series = {AGENDA.id: page.series} if page.series else {}
    return store.save_pages([(AGENDA.id, page.items, Bookmark())], now, series)[0]


def dated(details: Details, guid: str = "guid") -> Item:
    return Item("s", "event", "events", guid, "https://a.example/", "https://a.example/", "T", "", details=details)


def told(store: Store) -> list[str]:
    rows = store._rows("SELECT starts_on::VARCHAR || ' ' || status FROM events ORDER BY starts_on")
    return [row for (row,) in rows]


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (Event(starts_on=MAY), Event(starts_on=JUNE), "moved"),
        (Event(starts_on=JUNE), Event(starts_on=MAY), "moved"),
        (Event(starts_on=JUNE, status="moved"), Event(starts_on=JUNE), "moved"),
        (Event(starts_on=JUNE, status="cancelled"), Event(starts_on=JUNE), "planned"),
        (Event(starts_on=MAY), Event(starts_on=JUNE, status="cancelled"), "cancelled"),
        (Event(starts_on=MAY), Event(starts_on=MAY, ends_on=JUNE), "planned"),
        (Event(), Event(starts_on=JUNE), "planned"),
        (Event(starts_on=MAY), Event(), "planned"),
        (Event(starts_on=LAST_MONTH), Event(starts_on=JUNE), "planned"),  # the next edition
        (Event(starts_on=MAY, recurs=True), Event(starts_on=JUNE, recurs=True), "planned"),
        (Course(starts_on=MAY), Course(starts_on=JUNE), "moved"),
        (Course(starts_on=LAST_MONTH), Course(starts_on=JUNE), "planned"),
    ],
)
def test_another_day_is_a_move(before: Event | Course, after: Event | Course, status: str) -> None:
    """Unless the day before was over, not known, or that of what recurs; it holds as long as the new day does."""
    kept = {"title": "T", "starts_on": before.starts_on and before.starts_on.isoformat(), "status": before.status}
    details = keep_move(dated(after), kept, NOW.date()).details
    assert isinstance(details, Event | Course)
    assert details.status == status


def test_a_day_that_is_still_listed_was_not_moved() -> None:
    """Things without a name of their own may change guids with their place in a list."""
    one, other = dated(Event(starts_on=JUNE)), dated(Event(starts_on=MAY), "another guid")
    before = {"title": "T", "starts_on": MAY.isoformat()}
    assert keep_move(one, before, NOW.date(), find_listed([one, other])) is one
    assert keep_move(one, before, NOW.date(), find_listed([one])) is not one


@pytest.mark.parametrize("details", [None, Paper(year=2026)])
def test_what_has_no_day_is_left_alone(details: Details) -> None:
    """An article or a paper is not moved."""
    item = dated(details)
    assert keep_move(item, {"starts_on": "2026-05-04"}, NOW.date()) is item


@pytest.mark.parametrize(
    ("status", "start", "before", "anew"),
    [
        ("cancelled", MAY, {}, True),
        ("cancelled", MAY, {"status": "planned", "starts_on": MAY.isoformat()}, True),
        ("cancelled", JUNE, {"status": "cancelled", "starts_on": MAY.isoformat()}, False),
        ("moved", JUNE, {"status": "planned", "starts_on": MAY.isoformat()}, True),
        ("moved", JUNE, {"status": "moved", "starts_on": JUNE.isoformat(), "place": "Lille"}, False),
        ("moved", JUNE, {"status": "moved", "starts_on": MAY.isoformat()}, True),
        ("planned", MAY, {"status": "cancelled", "starts_on": MAY.isoformat()}, False),
    ],
)
def test_what_is_overturned_anew(status: str, start: date, before: dict[str, str], anew: bool) -> None:
    """Cancelled or moved where it was not, or moved to yet another day; nothing else that was edited."""
    assert is_overturned_anew(Event(starts_on=start, status=status), before) is anew


def test_a_paper_is_retracted_once() -> None:
    """An edit of what is retracted already overturns nothing."""
    assert is_overturned_anew(Paper(is_retracted=True), {"is_retracted": False})
    assert not is_overturned_anew(Paper(is_retracted=True), {"is_retracted": True})
    assert not is_overturned_anew(Paper(), {})


def test_what_was_moved_keeps_its_day_before() -> None:
    """Also when it is read again, and until it is moved to yet another day."""
    kept: dict[str, str | None] = {"title": "T", "starts_on": MAY.isoformat(), "status": "planned"}
    for day, former in ((JUNE, MAY), (JUNE, MAY), (date(2026, 7, 6), JUNE)):
        details = keep_move(dated(Event(starts_on=day)), kept, NOW.date()).details
        assert isinstance(details, Event)
        assert (details.status, details.moved_from_on) == ("moved", former)
        kept |= {"starts_on": day.isoformat(), "status": "moved", "moved_from_on": former.isoformat()}


def test_a_moved_event_stays_moved_and_is_updated_once(store: Store) -> None:
    """Its move is a change; the same answer again is none, and the event is still moved."""
    assert collect(store, calendar("DTSTART;VALUE=DATE:20260504")) == (1, 0)
    later = calendar("DTSTART;VALUE=DATE:20260608")
    assert collect(store, later, NOW + WEEK) == (0, 1)
    assert collect(store, later, NOW + 2 * WEEK) == (0, 0)
    assert told(store) == ["2026-06-08 moved"]
    assert [seen.updated_at for seen in store.load_items()] == [NOW + WEEK]


def test_an_occurrence_that_a_series_lacks_is_cancelled(store: Store) -> None:
    """An EXDATE that was added, or an earlier end, cancels the occurrence once; it comes back as planned."""
    assert collect(store, calendar(*MONTHLY)) == (3, 0)
    without = calendar(*MONTHLY, "EXDATE;VALUE=DATE:20260504")
    assert collect(store, without, NOW + timedelta(hours=1)) == (0, 1)
    assert collect(store, without, NOW + timedelta(hours=2)) == (0, 0)
    assert told(store) == ["2026-05-04 cancelled", "2026-09-07 planned", "2027-01-04 planned"]
    assert collect(store, calendar(*MONTHLY)) == (0, 1)
    assert told(store)[0] == "2026-05-04 planned"
    assert collect(store, calendar(MONTHLY[0], f"{MONTHLY[1]};UNTIL=20260601")) == (0, 2)
    assert [row.split()[1] for row in told(store)] == ["planned", "cancelled", "cancelled"]


@pytest.mark.parametrize(
    ("body", "now", "horizon_days"),
    [
        (calendar("DTSTART;VALUE=DATE:20270104"), NOW, 365),  # no series any more
        (calendar(*MONTHLY, "EXDATE;VALUE=DATE:20260504", end=""), NOW, 365),  # broken off
        (calendar(*MONTHLY), NOW, 30),  # a nearer horizon
        (calendar(*MONTHLY), NOW + 10 * WEEK, 365),  # what is over is not told again
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", NOW, 365),
    ],
)
def test_silence_cancels_nothing(store: Store, body: bytes, now: datetime, horizon_days: int) -> None:
    """Only a series that is there, whole, and for days within the horizon, says that an occurrence is off."""
    collect(store, calendar(*MONTHLY))
    collect(store, body, now, horizon_days)
    assert not [row for row in told(store) if "cancelled" in row]


def test_an_occurrence_that_is_moved_keeps_its_place(store: Store) -> None:
    """Also one that is moved beyond the horizon: it is moved, not cancelled."""
    collect(store, calendar(*MONTHLY))
    moved = ("END:VEVENT", "BEGIN:VEVENT", "UID:rendez-vous", "SUMMARY:Rendez-vous")
    day = ("RECURRENCE-ID;VALUE=DATE:20260504", "DTSTART;VALUE=DATE:20280508")
    assert collect(store, calendar(*MONTHLY, *moved, *day)) == (0, 1)
    assert "2028-05-08 moved" in told(store)
    assert not [row for row in told(store) if "cancelled" in row]


def test_what_is_over_is_past_by_the_clock_of_the_last_collection(store: Store) -> None:
    """Though its source says nothing new; an earlier digest that is built again does not turn the clock back."""
    collect(store, calendar("DTSTART;VALUE=DATE:20260504"))
    for at, status in ((NOW, "planned"), (datetime(2026, 5, 5, 11, tzinfo=UTC), "planned"),
                       (datetime(2026, 5, 5, 12, tzinfo=UTC), "past")):  # fmt: skip
        store.save_run("collect", at, at, 0, {})
        assert told(store) == [f"2026-05-04 {status}"]
    store.save_run("digest", NOW, NOW, 0, {})
    assert told(store) == ["2026-05-04 past"]
