"""The sample web's agendas: what their kinds of source read in them, over the weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from veille.config import Source, SourceKind
from veille.demo.agendas import build_agenda_routes
from veille.kinds import load_kind
from veille.values import Event, Item

ROUTES = build_agenda_routes()


def read(kind: SourceKind, path: str, day: date, **options: object) -> tuple[Item, ...]:
    found = load_kind(kind)
    assert found is not None
    url = f"http://127.0.0.1:1{path}"
    source = Source(id="demo", kind=kind, url=url, section="events", options=options)
    reply = ROUTES[path](day, {})
    now = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    page = found.parse(source, reply.body, {"content-type": reply.content_type}, url, now)
    assert not page.rejected
    return page.items


@pytest.mark.parametrize(
    ("kind", "path", "counts"),
    [
        ("ical", "/salons/agenda.ics", (2, 3, 4)),
        ("events", "/colloques/conferences.json", (1, 2, 3)),
        ("page", "/rencontres/", (1, 1, 2)),
    ],
)
def test_agendas_fill(kind: SourceKind, path: str, counts: tuple[int, int, int]) -> None:
    """Every agenda has more events as the weeks go by, each with its day."""
    days = (date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 30))
    found = [read(kind, path, day) for day in days]
    assert tuple(len(items) for items in found) == counts
    assert all(isinstance(item.details, Event) and item.details.starts_on for item in found[-1])


def test_a_salon_moves_and_an_atelier_is_cancelled() -> None:
    """A postponed salon and a cancelled workshop stay the items they were."""
    before, after = (read("ical", "/salons/agenda.ics", date(2026, 3, day)) for day in (9, 23))
    status = {item.guid.partition("@")[0]: item.details.status for item in after if isinstance(item.details, Event)}
    assert (status["apprendre-demain-2026"], status["atelier-xapi-2026"]) == ("moved", "cancelled")
    assert {item.guid for item in before} <= {item.guid for item in after}


def test_a_watched_page_is_news_when_its_text_changes() -> None:
    """The official page is another item once its text is another one, not when its menu is."""
    items = [read("page", "/guide-qualiopi/", date(2026, 3, day), watch=True)[0] for day in (2, 9, 16, 23)]
    assert items[0].item_id == items[1].item_id != items[2].item_id == items[3].item_id
    assert "version 10" in items[2].summary
