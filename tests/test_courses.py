"""The kind `courses`: every case yields exactly the course runs that stand beside it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from veille.config import Source
from veille.demo.catalogue import list_courses, load_courses
from veille.harvest import advance
from veille.items.effort import parse_effort, weeks_between
from veille.kinds import Ask, UnreadableError, load_kind
from veille.kinds.courses import parse, requests
from veille.stories import judge_pair
from veille.values import Bookmark, Course, Item, Page, SeenItem

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FOLDER = Path(__file__).parent / "cases" / "courses"
ADDRESSES = {
    "openedx": "https://lms.example.org/api/courses/v1/courses/?page_size=100",
    "richie": "https://catalogue.example.org/api/v1.0/courses/?limit=3",
    "edx": "https://discovery.example.com/api/v1/courses/",
    "mitlearn": "https://learn.example.net/api/v1/courses/?limit=2",
}
OF_THE_STORE = ("status", "moved_from_on")  # what no source says


def catalogue(url: str = "https://c.example.org/api/courses/", **options: object) -> Source:
    return Source(id="catalogue", kind="courses", url=url, section="moocs", options=options)


def read_case(name: str, body: bytes | None = None) -> Page:
    url = ADDRESSES[name]
    return parse(catalogue(url), body or (FOLDER / f"{name}.json").read_bytes(), {}, url, NOW)


def as_case(item: Item) -> dict[str, object]:
    assert isinstance(item.details, Course)
    details = {name: getattr(item.details, name) for name in Course.__slots__ if name not in OF_THE_STORE}
    return {
        "guid": item.guid,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "authors": list(item.authors),
        "language": item.language,
        "published_at": item.published_at.isoformat() if item.published_at else None,
        **{name: str(value) if isinstance(value, date) else value for name, value in details.items()},
    }


@pytest.mark.parametrize("name", ADDRESSES)
def test_cases(name: str) -> None:
    """A catalogue's page yields the runs, the rejected courses and the next page that stand beside it."""
    page = read_case(name)
    expected = json.loads((FOLDER / f"{name}.items.json").read_text("utf-8"))
    assert [as_case(item) for item in page.items] == expected["items"]
    assert [[entry.where, entry.why] for entry in page.rejected] == expected["rejected"]
    assert (page.next.url if page.next else None) == expected["next"]
    assert {item.kind for item in page.items} == {"course"}


def test_a_moved_start_is_a_change_of_the_same_run() -> None:
    """Other dates or another language give the same run another fingerprint, and its neighbours the same as before."""
    body = (FOLDER / "richie.json").read_bytes()
    before = {item.guid: item.fingerprint for item in read_case("richie").items}
    for old, new in ((b"2026-04-06T08:00:00Z", b"2026-04-13T08:00:00Z"), (b'["fr", "en"]', b'["fr", "de"]')):
        after = {item.guid: item.fingerprint for item in read_case("richie", body.replace(old, new)).items}
        assert after.keys() == before.keys()
        assert [guid for guid in after if after[guid] != before[guid]] == ["4107 run 2"]


def test_a_new_run_is_a_new_item() -> None:
    """A run that was not there before has a guid of its own and leaves the others theirs."""
    document = json.loads((FOLDER / "richie.json").read_bytes())
    run = {"start": "2026-10-05T08:00:00Z", "end": "2026-11-15T20:00:00Z", "languages": ["fr"]}
    document["objects"][0]["course_runs"].insert(0, run)
    guids = {item.guid for item in read_case("richie", json.dumps(document).encode()).items}
    assert guids - {item.guid for item in read_case("richie").items} == {"4107 run 3"}


def test_runs_of_a_course_are_stories_of_their_own() -> None:
    """Two runs share their course's page and words, and yet neither is taken for the other."""
    first, second = (SeenItem(item, NOW, NOW) for item in read_case("richie").items[:2])
    assert first.item.url == second.item.url
    assert judge_pair(first, second) is None


@pytest.mark.parametrize(
    ("url", "options", "asked"),
    [
        ("https://e.org/api/v1.0/courses/", {}, "https://e.org/api/v1.0/courses/?limit=100"),
        ("https://e.org/api/v1.0/courses/?limit=9", {}, "https://e.org/api/v1.0/courses/?limit=9"),
        (
            "https://e.org/api/courses/v1/courses/?org=X",
            {},
            "https://e.org/api/courses/v1/courses/?org=X&page_size=100",
        ),
        ("https://e.org/courses.json", {}, "https://e.org/courses.json"),
        ("https://e.org/list/", {"platform": "richie"}, "https://e.org/list/?limit=100"),
    ],
)
def test_the_first_page(url: str, options: dict[str, str], asked: str) -> None:
    """A platform is asked for long pages, unless the address says how long."""
    assert [request.url for request in requests(catalogue(url, **options), Bookmark(), Ask((), NOW))] == [asked]


def test_a_list_goes_on_where_it_stopped() -> None:
    """The page that the last run did not come to is the first of this one."""
    cursor = advance(None, "", "https://e.org/api/v1.0/courses/?limit=100&offset=200", NOW.date())
    (request,) = requests(catalogue("https://e.org/api/v1.0/courses/"), Bookmark(cursor=cursor), Ask((), NOW))
    assert request.url == "https://e.org/api/v1.0/courses/?limit=100&offset=200"
    assert not request.conditional


def test_an_unknown_platform_is_named() -> None:
    """A platform that is none of ours is refused with those that are."""
    with pytest.raises(UnreadableError, match=r"'moodle' is not known; write one of openedx, richie, edx, mitlearn"):
        requests(catalogue(platform="moodle"), Bookmark(), Ask((), NOW))


@pytest.mark.parametrize(
    "document",
    [
        {"results": [{"title": "A"}], "next": "https://c.example.org/api/courses/"},
        {"results": [], "next": "https://c.example.org/api/courses/?page=2"},
        {"objects": [{"title": "A"}], "meta": {"offset": 4, "total_count": 5}},
        {"objects": [{"title": "A"}], "meta": {"total_count": "many"}},
        {"results": [{"title": "A"}], "next": 7},
    ],
)
def test_a_list_ends(document: object) -> None:
    """A next page that is this page, comes after an empty one or lies beyond the total ends the list."""
    source = catalogue()
    assert parse(source, json.dumps(document).encode(), {}, source.url, NOW).next is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not whole JSON"),
        (b'{"results": [{"title": "A"', "not whole JSON"),
        (b"<!doctype html><title>Catalogue</title>", "a page instead of a course catalogue's JSON"),
        (b'{"detail": "Not found."}', "JSON without a list of courses"),
        (b'"text"', "JSON without a list of courses"),
        (b'[{"price": 1}, {"price": 2}]', "a list of things without titles"),
    ],
)
def test_what_is_no_catalogue_is_named(body: bytes, said: str) -> None:
    """An answer that is no catalogue is unreadable, and the error says what it looks like."""
    with pytest.raises(UnreadableError, match=said):
        parse(catalogue(), body, {}, "https://c.example.org/api/courses/", NOW)


@pytest.mark.parametrize("name", ADDRESSES)
def test_odd_values_are_no_crash(name: str) -> None:
    """Whatever a field holds instead of what it should, the page is read."""
    whole = (FOLDER / f"{name}.json").read_text("utf-8")
    document = json.loads(whole)
    rows = document.get("results") or document["objects"]
    for field in [key for key in rows[0] if key not in ("title", "name")]:
        for odd in (None, 7, [], {}, "\x00", ["x", None], {"name": []}, True, "9" * 5_000, "9999-99-99"):
            changed = json.loads(whole)
            (changed.get("results") or changed["objects"])[0][field] = odd
            assert read_case(name, json.dumps(changed).encode()).items or name == "edx"


@pytest.mark.parametrize(
    ("effort", "duration", "hours"),
    [
        ("2-4 hours a week, 6 weeks", "", 18),
        ("PT2H", "", 2),
        ("PT1H30M", "P6W", 1.5),
        ("15h", "", 15),
        ("15 heures", "6 semaines", 15),
        ("7 hrs/wk", "14 weeks", 98),
        ("8 hours/day", "6 days", 48),
        ("1h30 par semaine", "6 semaines", 9),
        ("6 semaines, 2 à 3 heures par semaine", "", 15),
        ("2,5 h/semaine", "P4W", 10),
        ("5-7 hrs/wk", "12-14 weeks", 78),
        ("45 minutes", "", 0.8),
        ("2 horas por semana", "5 semanas", 10),
        ("3 heures/semaine", "", None),
        ("N/A", "N/A", None),
        ("", "6 weeks", None),
        ("PT99999H", "", None),
    ],
)
def test_effort_in_words(effort: str, duration: str, hours: float | None) -> None:
    """Hours of work in all; none where the words do not say how many weeks there are."""
    assert parse_effort(effort, duration) == hours


def test_effort_of_a_bare_number() -> None:
    """A number alone is hours, each week where the platform means that."""
    assert parse_effort("12") == 12
    assert parse_effort("06:30", weeks=4, weekly=True) == 26
    assert parse_effort("6", weekly=True) is None
    assert weeks_between(date(2026, 3, 2), date(2026, 4, 12)) == 6
    assert weeks_between(date(2019, 6, 20), date(2025, 5, 26)) is None


def test_the_kind_is_registered() -> None:
    """The kind is found under its name."""
    assert load_kind("courses") is not None


def test_the_sample_web_has_a_catalogue() -> None:
    """The demo's catalogue is read whole over its pages; runs come, and one moves, in its four weeks."""
    url = "http://127.0.0.1/api/v1.0/courses/"

    def read(day: date) -> dict[str, Course]:
        items: list[Item] = []
        for offset in (0, 4):
            answer = list_courses(load_courses(), day, {"limit": "4", "offset": str(offset)})
            page = parse(catalogue(), json.dumps(answer).encode(), {}, f"{url}?limit=4&offset={offset}", NOW)
            assert not page.rejected
            items += page.items
        return {item.guid: item.details for item in items if isinstance(item.details, Course)}

    first, last = read(date(2026, 3, 2)), read(date(2026, 3, 30))
    assert last.keys() - first.keys() == {"230 run 3", "241 run 1", "244 run 1", "245 run 1"}
    assert first.keys() <= last.keys()
    assert read(date(2026, 3, 16))["244 run 1"].starts_on == date(2026, 5, 4)
    assert last["244 run 1"].starts_on == date(2026, 5, 18)
    assert {guid: run.effort_hours for guid, run in last.items() if run.effort_hours} == {
        "212 run 1": 8, "212 run 2": 8, "230 run 1": 12, "230 run 2": 12, "230 run 3": 12, "241 run 1": 12,
        "244 run 1": 15, "245 run 1": 12,
    }  # fmt: skip
