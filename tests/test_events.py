"""The kinds `ical`, `events` and `page`: every case yields exactly the items that stand beside it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from veille.config import Section, Source, SourceKind
from veille.kinds import Ask, UnreadableError, load_kind
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


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("ical", b"", "the answer is empty"),
        ("ical", b"<!doctype html><title>404</title>", "no calendar: the answer begins with '<!doctype html>"),
        ("events", b" ", "the answer is empty"),
        ("events", b"<html></html>", "use the kind `page` or `rss`"),
        ("events", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", "use the kind `ical`"),
        ("events", b'{"error": "not found"}', "no entry has a title and a date"),
        ("events", b"just a sentence", "no entry has a title and a date"),
        ("events", b"a: [1, 2", "it is not YAML"),
        ("events", b'[{"name"', "it begins like JSON but is not"),
        ("page", b"", "the answer is empty"),
        ("page", b"%PDF-1.7", "a PDF document, not a web page"),
        ("page", b"<?xml version='1.0'?><rss version='2.0'></rss>", "a feed, not a web page; use the kind `rss`"),
        ("page", b"<html><title>Plain</title><p>Text</p></html>", "the page titled 'Plain' says nothing of events"),
    ],
)
def test_what_is_not_of_its_kind_is_named(kind: SourceKind, body: bytes, said: str) -> None:
    """An answer of another kind is unreadable, and the error says what it looks like."""
    with pytest.raises(UnreadableError) as caught:
        read(kind, body)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("ical", calendar()),
        ("events", b"[]"),
        ("events", b'{"events": []}'),
    ],
)
def test_an_empty_list_is_an_empty_page(kind: SourceKind, body: bytes) -> None:
    """A calendar or a list without entries is a page without items, not an error."""
    assert read(kind, body) == Page()


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_cut_anywhere(path: Path) -> None:
    """A document that breaks off anywhere is read as far as it goes, or named as unreadable."""
    body = path.read_bytes()
    for end in range(0, len(body), max(1, len(body) // 40)):
        try:
            read(path.parent.name, body[:end])  # type: ignore[arg-type]
        except UnreadableError:
            continue


def test_a_moved_event_is_the_same_item() -> None:
    """An event whose dates move keeps its guid, in a list as in a calendar."""
    before, after = (
        read("events", json.dumps([{"name": "Salon", "url": "https://s.example/", "startDate": day}]).encode())
        for day in ("2026-05-12", "2026-06-16")
    )
    assert before.items[0].item_id == after.items[0].item_id
    before, after = (
        read("ical", calendar(*vevent("UID:1", "SUMMARY:Salon", f"DTSTART;VALUE=DATE:{day}")))
        for day in ("20260512", "20260616")
    )
    assert before.items[0].item_id == after.items[0].item_id
    assert before.items[0].fingerprint != after.items[0].fingerprint


def test_one_uid_for_all_names_none() -> None:
    """Events of a calendar that gives them all one UID are told apart by title and start."""
    events = [*vevent("UID:x", "SUMMARY:A", "DTSTART:20260512"), *vevent("UID:x", "SUMMARY:B", "DTSTART:20260513")]
    assert [item.title for item in read("ical", calendar(*events)).items] == ["A", "B"]


def test_horizon() -> None:
    """A series is expanded as far as the option says."""
    body = calendar(
        *vevent("UID:q", "SUMMARY:Trimestre", "DTSTART;VALUE=DATE:20260401", "RRULE:FREQ=MONTHLY;INTERVAL=3")
    )
    assert len(read("ical", body, horizon_days=100).items) == 1
    assert len(read("ical", body, horizon_days=365).items) == 4


def test_a_cancelling_calendar() -> None:
    """A calendar whose method is CANCEL tells cancellations, whatever its events' own status."""
    page = read(
        "ical", calendar("METHOD:CANCEL", *vevent("UID:1", "SUMMARY:Salon", "DTSTART:20260512", "STATUS:CONFIRMED"))
    )
    assert [item.details.status for item in page.items if isinstance(item.details, Event)] == ["cancelled"]


def test_aliases_that_multiply() -> None:
    """A YAML document whose aliases multiply ends as unreadable, soon."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    with pytest.raises(UnreadableError, match="aliases that multiply"):
        read("events", "\n".join(lines).encode())


LIST = """<html lang="fr"><head><title>Agenda</title>
<script type="application/ld+json">{"@type": "Article", "headline": "Agenda"}</script></head><body><nav>Menu</nav><ul>
<li class="e" data-id="7"><h3>Forum des tuteurs</h3><a href="/forum">Programme</a>
<span class="d">du 12 au 14 mai 2026</span> <em>Lille, France</em> <i>20 avril</i></li>
<li class="e"><a href="https://x.example/2">Journée Moodle</a> <span class="d">3 juin 2026</span></li></ul>
""".encode()


def test_selectors() -> None:
    """Selectors find entries where the page says for machines only what it is itself; `@` names an attribute."""
    selectors = {"item": "li.e", "url": "a@href", "date": ".d", "place": "em", "submission": "i"}
    first, second = read("page", LIST, selectors=selectors).items
    assert (first.title, first.url) == ("Forum des tuteurs", "https://agenda.example/forum")
    assert as_case(first) | {
        "starts_on": "2026-05-12", "ends_on": "2026-05-14", "place": "Lille", "country": "France",
        "deadlines": ["submission 2026-04-20"],
    } == as_case(first)  # fmt: skip
    assert (second.title, second.url) == ("Journée Moodle", "https://x.example/2")


def test_selected_entries_outside_of_an_agenda_are_articles() -> None:
    """Where nothing says that the entries are events, a date is that of publication."""
    body = LIST.replace(b"2026", b"2025").replace(b"du 12 au 14", b"12")
    page = read("page", body, section="regulation", selectors={"item": "li.e", "date": ".d"})
    assert [(item.kind, item.published_at and item.published_at.date()) for item in page.items] == [
        ("article", date(2025, 5, 12)),
        ("article", date(2025, 6, 3)),
    ]


@pytest.mark.parametrize(
    ("selectors", "said"),
    [({"item": "li["}, "options.selectors.item, 'li[', is not CSS"), ({"where": "i"}, "options.selectors has where;")],
)
def test_bad_selectors_are_named(selectors: dict[str, str], said: str) -> None:
    """A selector that is no CSS or has no known name is an error that names it."""
    with pytest.raises(ValidationError) as caught:
        read("page", LIST, selectors=selectors)
    assert said in str(caught.value)


def test_an_author_is_not_the_block_around_a_name() -> None:
    """Microdata may hold the name, and once more all that stands beside it."""
    name, block = "Ana Lopes", "Ana Lopes Journaliste au service formation Suivre Voir toutes les pages de ce nom"
    body = json.dumps({"@type": "Article", "headline": "T", "author": [{"name": name}, {"name": block}]})
    page = read("page", f'<script type="application/ld+json">{body}</script>'.encode(), section="press")
    assert [item.authors for item in page.items] == [(name,)]


def test_a_place_is_told_as_fully_as_it_is_known() -> None:
    """An address that begins with the place stands for both."""
    event = {"title": "T", "date": "2026-05-04", "place": "3 rue des Lilas", "placeAddr": "3 rue des Lilas Toulouse"}
    (item,) = read("events", json.dumps([event]).encode()).items
    assert isinstance(item.details, Event)
    assert item.details.place == "3 rue des Lilas Toulouse"


@pytest.mark.parametrize("lines", [("DTSTART:20260504",), ("DTSTART:20260504", "LOCATION:Salle 3", "STATUS:CONFIRMED")])
def test_an_event_that_nothing_names_is_refused(lines: tuple[str, ...]) -> None:
    """Days that are taken, as some calendars publish them, are no news."""
    page = read("ical", calendar(*vevent("UID:occupe", *lines)))
    assert ([one.where for one in page.rejected], page.items) == (["occupe"], ())


def test_watch() -> None:
    """A watched page is one item as long as its text is the same, whatever its menus, and another one after that."""
    same = LIST.replace(b"Menu", b"Menu, 12 visitors").replace(b"<h3>", b"<h3 id='n7'>")
    edited = LIST.replace(b"3 juin", b"4 juin")
    first, again, after = (read("page", body, watch=True).items for body in (LIST, same, edited))
    assert [len(items) for items in (first, again, after)] == [1, 1, 1]
    assert first[0].item_id == again[0].item_id != after[0].item_id
    assert (first[0].title, first[0].url) == ("Agenda", URL)
    assert first[0].summary.startswith("Forum des tuteurs Programme du 12 au 14 mai 2026")


def test_course_runs_of_a_catalogue_are_courses() -> None:
    """A schema.org course run is a course in the section of courses, and an event elsewhere."""
    body = (ROOT / "page" / "json-ld.html").read_bytes()
    assert [item.kind for item in read("page", body).items] == ["event", "event", "event"]
    assert [item.kind for item in read("page", body, section="moocs").items] == ["event", "event", "course"]


@pytest.mark.parametrize("kind", ["ical", "events", "page"])
def test_request_follows_a_permanent_move(kind: str) -> None:
    """The address remembered from a permanent redirect is asked instead of the configured one."""
    found = load_kind(kind)
    assert found is not None
    source = Source(id="s", kind="ical", url="https://e.org/old")
    moved = found.requests(source, Bookmark(url="https://e.org/new"), Ask((), NOW))
    assert [(request.url, request.conditional, request.series) for request in moved] == [
        ("https://e.org/new", True, "")
    ]


def test_a_name_has_the_language_that_its_calendar_or_page_declares() -> None:
    """A title too short to tell its language has the declared one; a page's English is that of its software."""
    event = calendar(*vevent("UID:1", "DTSTART:20260504", "SUMMARY;LANGUAGE=fr-FR:Forum Emploi"))
    assert [item.language for item in read("ical", event).items] == ["fr"]
    told = b'<script type="application/ld+json">{"@type": "Event", "name": "Forum Emploi", "startDate": "2026-05-04"}'
    pages = [b'<html lang="%s">%s</script></html>' % (language, told) for language in (b"fr", b"en-US")]
    assert [read("page", page).items[0].language for page in pages] == ["fr", None]


def test_a_field_for_one_day_may_hold_a_period() -> None:
    """The start of what is told in one field is its first day, the end its last one."""
    record = {"title": "Salon", "start": "12-14 mai 2026", "end": "du 12 au 14 mai 2026"}
    (item,) = read("events", json.dumps([record]).encode()).items
    assert isinstance(item.details, Event)
    assert (item.details.starts_on, item.details.ends_on) == (date(2026, 5, 12), date(2026, 5, 14))


@pytest.mark.parametrize(
    ("told", "deadline"),
    [
        ("Inscriptions jusqu'au mar. 12 mai.", "registration 2026-05-12"),
        ("Date limite de soumission : session 2, 15 janv. 2026. Résultats en mars.", "submission 2026-01-15"),
        ("Deadline: 12. Mai 2026.", "submission 2026-05-12"),
        ("Clôture des inscriptions le 3 juin à midi", "registration 2026-06-03"),
        ("Deadline: to be announced.", None),
    ],
)
def test_deadlines_told_in_words(told: str, deadline: str | None) -> None:
    """The first day that a sentence names after the word for a deadline, as it is written."""
    (item,) = read("events", json.dumps([{"title": "T", "date": "2026-06-20", "description": told}]).encode()).items
    assert isinstance(item.details, Event)
    assert [f"{one.kind} {one.on}" for one in item.details.deadlines] == ([deadline] if deadline else [])


PARIS_NOON, PARIS_TWO = "2026-05-18T12:00:00+02:00", "2026-05-18T14:00:00+02:00"


@pytest.mark.parametrize(
    ("lines", "hours"),
    [
        (
            ("DTSTART;TZID=Europe/Paris:20260518T120000", "DTEND;TZID=Europe/Paris:20260518T140000"),
            (PARIS_NOON, PARIS_TWO),
        ),
        (("DTSTART;TZID=Europe/Paris:20260518T120000", "DURATION:PT2H"), (PARIS_NOON, PARIS_TWO)),
        (("DTSTART:20260518T120000Z",), ("2026-05-18T12:00:00+00:00", None)),
        (("DTSTART:20260518T120000",), (None, None)),
        (("DTSTART;VALUE=DATE:20260518",), (None, None)),
        (("DTSTART;TZID=Europe/Paris:20260518T120000", "DTEND;TZID=Europe/Paris:20260518T100000"), (PARIS_NOON, None)),
    ],
)
def test_a_calendar_tells_hours(lines: tuple[str, ...], hours: tuple[str | None, str | None]) -> None:
    """Those that have a time zone, as the calendar has them."""
    (item,) = read("ical", calendar(*vevent("UID:1", "SUMMARY:Atelier", *lines))).items
    assert find_hours_of(item) == hours


@pytest.mark.parametrize("start", ["20260518T100000Z", "20260518T120000"])
def test_hours_are_those_of_the_calendars_own_zone(start: str) -> None:
    """What is told in UTC, or without a zone, where the calendar says which one is its own."""
    body = calendar("X-WR-TIMEZONE:Europe/Paris", *vevent("UID:1", "SUMMARY:Atelier", f"DTSTART:{start}"))
    (item,) = read("ical", body).items
    assert find_hours_of(item) == (PARIS_NOON, None)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-05-18T12:00+02:00", "2026-05-18T14:00+0200", (PARIS_NOON, PARIS_TWO)),
        ("2026-05-18 12:00:00 +02:00", "2026-05-19", (PARIS_NOON, None)),
        ("2026-05-18T00:00:00+02:00", "2026-05-18T23:59:00+02:00", (None, None)),
        ("2026-05-18T12:00", "2026-05-18T14:00", (None, None)),
        ("2026-05-18T12:61:00+02:00", "", (None, None)),
        ("18 May 2026", "", (None, None)),
    ],
)
def test_a_page_tells_hours(start: str, end: str, hours: tuple[str | None, str | None]) -> None:
    """Where they have a time zone; midnight is what programs write for a whole day."""
    thing = {"@context": "https://schema.org", "@type": "Event", "name": "Atelier", "startDate": start, "endDate": end}
    (item,) = read("page", f'<script type="application/ld+json">{json.dumps(thing)}</script>'.encode()).items
    assert find_hours_of(item) == hours


def find_hours_of(item: Item) -> tuple[str | None, str | None]:
    event = item.details
    assert isinstance(event, Event)
    assert event.starts_on == date(2026, 5, 18)
    start, end = (moment.isoformat() if moment else None for moment in (event.starts_at, event.ends_at))
    return start, end
