"""What a course catalogue's records say, whatever names its platform has for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urljoin

from veille.items.dates import parse_date
from veille.items.effort import parse_effort, weeks_between
from veille.items.text import clean_text
from veille.values import Course

FAR_AWAY = 2100  # from this year on, a date stands for "never"

Record = Mapping[str, Any]

# The names under which the platforms have the same thing, the best first; a dot leads into an object.
GUIDS = ("course_id", "readable_id", "key", "id", "uuid", "nid", "code")
RUN_GUIDS = ("key", "run_id", "courseware_id", "course_id", "id", "uuid", "run_tag")
TITLES = ("title", "name", "course_title", "co_title")
TEXTS = ("short_description", "introduction", "full_description", "description", "page.description", "body", "overview")
LINKS = ("marketing_url", "absolute_url", "external_marketing_url", "url", "page.page_url", "link")
INNER_LINKS = ("courseware_url",)  # for those who are enrolled
PROVIDERS = ("organization_highlighted", "owners", "authoring_organizations", "offered_by", "provider", "department",
             "org", "organizations", "platform")  # fmt: skip
STARTS = ("start_date", "start", "start_value", "starts_on")
ENDS = ("end_date", "end", "end_value", "ends_on")
ENROLMENT_ENDS = ("enrollment_end", "enrollment_ends", "enrolment_end")
ANNOUNCED = ("announcement", "enrollment_start", "created_on", "created", "sourcecreatedate")
EFFORTS = ("time_commitment", "effort", "page.effort", "field_time_commitment", "workload")
DURATIONS = ("duration", "page.length", "field_duration", "length")
LANGUAGES = ("content_language", "languages", "language", "content_language_search_facet_name")
RUNS = ("course_runs", "courseruns", "runs")
PEOPLE = ("instructors", "staff", "faculty")


def lower_keys(value: Any, depth: int = 0) -> Any:
    """The document with keys in lower case: some catalogues write `Course_Id`."""
    if isinstance(value, dict) and depth < 12:
        return {str(key).lower(): lower_keys(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list) and depth < 12:
        return [lower_keys(inner, depth + 1) for inner in value]
    return value


def build_details(platform: str, course: Record, run: Record, now: datetime) -> Course:
    """The details of a run of a course; an empty run stands for the course itself."""
    both = (run, course)
    starts_on, ends_on = find_day(both, STARTS, now, begins=True), find_day(both, ENDS, now)
    enrolment_ends_on = find_day(both, ENROLMENT_ENDS, now)
    state = course.get("state")
    if platform == "richie" and not run and isinstance(state, dict):
        # A list without its runs still says the next date: the end of enrolment when open now, else the start.
        day = find_day((state,), ("datetime",), now)
        if state.get("priority") in (0, 2):
            enrolment_ends_on = enrolment_ends_on or day
        elif state.get("priority") in (1, 3):
            starts_on = starts_on or find_day((state,), ("datetime",), now, begins=True)
    return Course(
        provider=clean_text(_provider(course), 200) or None,
        starts_on=starts_on,
        ends_on=ends_on,
        enrolment_ends_on=enrolment_ends_on,
        effort_hours=_effort(platform, both, starts_on, ends_on),
    )


def _effort(platform: str, both: Sequence[Record], starts_on: date | None, ends_on: date | None) -> float | None:
    """Hours in all. A run at one's own pace stays open for long, so that its dates tell no length."""
    pace = find_first(both, ("pacing_type", "pacing"))
    self_paced = pace.startswith("self") or any(record.get("is_self_paced") is True for record in both)
    weeks = None if self_paced else weeks_between(starts_on, ends_on)
    low, high = (
        find_first(both, ("min_effort", "min_weekly_hours")),
        find_first(both, ("max_effort", "max_weekly_hours")),
    )
    if low or high:
        effort = f"{low or high} - {high or low}"
        count = find_first(both, ("weeks_to_complete", "max_weeks"))
        return parse_effort(
            effort, f"{count} weeks" if count else find_first(both, DURATIONS), weeks=weeks, weekly=True
        )
    return parse_effort(
        find_first(both, EFFORTS), find_first(both, DURATIONS), weeks=weeks, weekly=platform == "openedx"
    )


def find_link(platform: str, both: Sequence[Record], url: str) -> str | None:
    """The page for those who are not enrolled, relative to ``url``."""
    if platform == "openedx" and (course_id := find_first(both, ("course_id", "id"))):
        return urljoin(url, f"/courses/{quote(course_id, safe=':+')}/about")
    return find_first(both, LINKS) or find_first(both, INNER_LINKS) or None


def _provider(course: Record) -> str:
    for name in PROVIDERS:
        value = course.get(name)
        for one in value if isinstance(value, list) else [value]:
            if text := find_text(one, ("name", "title", "key", "code")) if isinstance(one, dict) else _plain(one):
                return text
    return ""


def find_people(both: Sequence[Record]) -> list[str]:
    """Who teaches."""
    found: list[Any] = next(
        (record[name] for name in PEOPLE for record in both if isinstance(record.get(name), list)), []
    )
    people = [person for person in found if isinstance(person, dict)]
    return [name for name in map(_person_name, people) if name]


def _person_name(person: Record) -> str:
    given, family = find_text(person, ("given_name", "first_name")), find_text(person, ("family_name", "last_name"))
    return find_text(person, ("name", "full_name")) or f"{given} {family}".strip()


def find_languages(both: Sequence[Record]) -> list[str]:
    """As stated, in lower case, without the region: `en-us` is `en`."""
    for record in both:
        for name in LANGUAGES:
            value = record.get(name)
            values = value if isinstance(value, list) else [value]
            codes = [_plain(one).lower().replace("_", "-").partition("-")[0] for one in values]
            if codes := [code for code in codes if len(code) in (2, 3) and code.isalpha()]:
                return list(dict.fromkeys(codes))
    return []


# --- fields


def find_value(record: Record, path: str) -> Any:
    """A field, or one within objects where dots lead there."""
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _plain(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def find_text(record: Record, names: Sequence[str]) -> str:
    """The first of these fields that says something."""
    return next((text for name in names if (text := _plain(find_value(record, name)))), "")


def find_first(records: Sequence[Record], names: Sequence[str]) -> str:
    """Of the run if it says so, else of the course."""
    return next((text for record in records if (text := find_text(record, names))), "")


def find_day(records: Sequence[Record], names: Sequence[str], now: datetime, *, begins: bool = False) -> date | None:
    """The day of an instant. What begins on the hour at 22 or 23 UTC begins at midnight in Europe: the next day."""
    for record in records:
        for name in names:
            value = record.get(name)
            text = _plain(value[0] if isinstance(value, list) and value else value)
            moment = parse_date(text, now) if text else None
            if moment and 1990 <= moment.year < FAR_AWAY:
                late = begins and moment.hour >= 22 and moment.minute == 0
                return moment.date() + timedelta(days=1) if late else moment.date()
    return None


def parse_integer(value: Any) -> int | None:
    text = _plain(value)
    return int(text) if text.isdigit() else None
