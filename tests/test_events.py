"""The kinds `ical`, `events` and `page`: every case yields exactly the items that stand beside it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from veille.config import Section, Source, SourceKind
from veille.kinds import Ask, UnreadableError, load_kind
from veille.periods import find_day, find_period
from veille.values import Bookmark, Event, Item, Page

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = "https://agenda.example/fr/page"
ROOT = Path(__file__).parent / "cases"
CASES = [path for kind in ("ical", "events", "page") for path in sorted((ROOT / kind).iterdir())]
INPUTS = [path for path in CASES if not path.name.endswith(".items.json")]


def read(kind: SourceKind, body: bytes, section: Section = "events", **options: object) -> Page:
    source = Source(id="case", kind=kind, url=URL, section=section, options=options)
    found = load_kind(kind)
    assert found is not None
    return found.parse(source, body, {"content-type": "text/plain"}, URL, NOW)


def calendar(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode()


def vevent(*lines: str) -> tuple[str, ...]:
    return ("BEGIN:VEVENT", *lines, "END:VEVENT")


def as_case(item: Item) -> dict[str, object]:
    """What a reader of a case wants to see of an item, without what says nothing."""
    seen: dict[str, object] = {
        "kind": item.kind,
        "guid": item.guid,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "authors": list(item.authors),
        "published_at": item.published_at and item.published_at.isoformat(),
    }
    if isinstance(item.details, Event):
        seen |= {
            "starts_on": str(item.details.starts_on or "") or None,
            "ends_on": str(item.details.ends_on or "") or None,
            "place": item.details.place,
            "country": item.details.country,
            "online": item.details.online,
            "status": item.details.status,
            "deadlines": [f"{one.kind} {one.on}" for one in item.details.deadlines],
        }
    return {name: value for name, value in seen.items() if value not in (None, "", [])}


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_cases(path: Path) -> None:
    """A document yields the items and the rejected entries that stand in the file beside it."""
    page = read(path.parent.name, path.read_bytes())  # type: ignore[arg-type]
    expected = json.loads(path.with_suffix(".items.json").read_text("utf-8"))
    assert [as_case(item) for item in page.items] == expected["items"]
    assert [one.where for one in page.rejected] == expected["rejected"]
