"""What the pages of issues, dates and sources say: rows and records in, values for a template out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from veille.config import Config
from veille.export.values import Record
from veille.render.clipping import clean_line, find_link
from veille.render.lines import Linked, word_newest
from veille.values import Course, Event
from veille.web.cards import Card, Setting, build_card, word_title
from veille.web.facets import word_value
from veille.wording import has_text, say, word_day, word_month

Row = dict[str, Any]

STATES = ("failing", "gone", "empty", "stale", "new", "ok", "disabled")  # those that want a hand first


@dataclass(frozen=True, slots=True)
class Group:
    """Cards under a heading."""

    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class IssuePage:
    """An issue as it is listed, or told in short."""

    name: str
    lang: str | None
    when: str
    count: str
    path: str | None  # of the whole of it, from the root of the site; None when its file is not there
    groups: tuple[Group, ...] = ()


def name_issue(config: Config, row: Row) -> tuple[str, str]:
    """Title and week of an issue in its own words, and their language; a digest that was removed goes by its id."""
    own = config.organisation
    title, language = row["audience"], own.language
    for audience in config.digests:
        if audience.id == row["audience"]:
            language = audience.language
            title = audience.title or say(language, "default_title", organisation=own.name)
    return f"{clean_line(title)}, {say(language, 'week', week=int(row['week'][-2:]))}", language


def build_issue(config: Config, row: Row, there: Collection[str], setting: Setting) -> IssuePage:
    """An issue without its stories. ``there`` are the paths of the files that can be shown."""
    name, language = name_issue(config, row)
    return IssuePage(
        name=name,
        lang=language if language != setting.language else None,
        when=word_day(setting.local_day(row["generated_at"]), setting.language),
        count=setting.say("archive_entries", count=row["entries"]),
        path=row["path"] if row["path"] in there else None,
    )


def find_latest(config: Config, issues: Sequence[Row]) -> list[Row]:
    """The last issue of each digest of the configuration, in its order. ``issues`` have the newest first."""
    latest = {row["audience"]: row for row in reversed(issues)}
    return [latest[audience.id] for audience in config.digests if audience.id in latest]


def build_week(
    config: Config,
    latest: Sequence[Row],
    entries: Sequence[Row],
    leads: Mapping[str, Record],
    there: Collection[str],
    setting: Setting,
) -> list[IssuePage]:
    """The latest issues, each with its stories by section."""
    pages = []
    for row in latest:
        own = [one for one in entries if one["digest_id"] == row["digest_id"] and one["item_id"] in leads]
        groups = [
            Group(title, tuple(build_card(leads[one["item_id"]], setting) for one in lines))
            for title, lines in groupby(own, key=lambda one: _name_section(one, setting))
        ]
        issue = build_issue(config, row, there, setting)
        pages.append(IssuePage(issue.name, issue.lang, issue.when, issue.count, issue.path, tuple(groups)))
    return pages


def _name_section(entry: Row, setting: Setting) -> str:
    if entry["section"] == "topic":
        return setting.name_topic(entry["topic_id"])
    key = f"section_{entry['section']}"
    return setting.say(key) if has_text(setting.language, key) else str(entry["section"])


def build_archive(
    config: Config, issues: Sequence[Row], there: Collection[str], setting: Setting
) -> list[tuple[str, list[IssuePage]]]:
    """Every issue by year and week, the newest first."""
    return [
        (setting.word_week(week).capitalize(), [build_issue(config, row, there, setting) for row in rows])
        for week, rows in groupby(issues, key=lambda row: row["week"])
    ]


# --- the agenda ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """A day by which something must be done."""

    day: str
    what: str
    title: Linked
    story_id: str


@dataclass(frozen=True, slots=True)
class Agenda:
    deadlines: tuple[Due, ...]
    months: tuple[Group, ...]
    courses: tuple[Card, ...]


def build_agenda(records: Sequence[Record], setting: Setting) -> Agenda:
    """What is ahead: what must be done by when, events by month, courses by their start."""
    due = sorted(
        (day, what, record.story_id, record) for record in records for day, what in _find_deadlines(record, setting)
    )
    events = sorted(((_starts_on(one), one.story_id, one) for one in records if _is(one, Event)), key=lambda it: it[:2])
    courses = sorted(
        ((_starts_on(one), one.story_id, one) for one in records if _is(one, Course)), key=lambda it: it[:2]
    )
    return Agenda(
        tuple(
            Due(setting.word_day(day), what, word_title(record.telling, setting), story_id)
            for day, what, story_id, record in due
        ),
        tuple(
            Group(word_month(month, setting.language), tuple(build_card(one, setting) for _, _, one in group))
            for month, group in groupby(events, key=lambda it: max(it[0], setting.today).replace(day=1))
        ),
        tuple(build_card(one, setting) for _, _, one in courses),
    )


def _is(record: Record, kind: type[Event] | type[Course]) -> bool:
    return isinstance(record.telling.details, kind)


def _starts_on(record: Record) -> date:
    details = record.telling.details
    found = (details.starts_on or details.ends_on) if isinstance(details, Event | Course) else None
    return found or date.max


def _find_deadlines(record: Record, setting: Setting) -> list[tuple[date, str]]:
    """The days still to come, of an event that was not called off, or of a course's enrolment."""
    details = record.telling.details
    if isinstance(details, Event) and details.status != "cancelled":
        found = [(one.on, f"agenda_{one.kind}") for one in details.deadlines]
    elif isinstance(details, Course) and details.enrolment_ends_on:
        found = [(details.enrolment_ends_on, "agenda_enrolment")]
    else:
        return []
    known = [(day, key if has_text(setting.language, key) else "agenda_other") for day, key in found]
    return [(day, setting.say(key)) for day, key in known if day >= setting.today]


# --- the sources ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceLine:
    name: str
    url: str | None
    meta: tuple[str, ...]
    error: str  # for the operator, in English
    fetches: tuple[str, ...]


def build_sources(
    rows: Sequence[Row], fetches: Mapping[str, Sequence[Row]], setting: Setting
) -> list[tuple[str, str, list[SourceLine]]]:
    """State, its heading and its sources, those that want a hand first."""
    groups = []
    for state in STATES:
        lines = [
            _build_source(row, fetches.get(row["source_id"], ()), setting) for row in rows if row["state"] == state
        ]
        if lines:
            groups.append((state, setting.say(f"web_state_{state}"), lines))
    return groups


def _build_source(row: Row, fetches: Sequence[Row], setting: Setting) -> SourceLine:
    meta = [row["kind"], word_value("section", row["section"], setting), setting.say("items", count=row["items_total"])]
    if row["last_success_at"]:
        meta.append(setting.say("web_last_success", day=setting.word_day(row["last_success_at"])))
    if row["newest_at"]:
        meta.append(word_newest(row["newest_at"], setting.word_day(row["newest_at"]), setting.language))
    if row["consecutive_failures"]:
        meta.append(setting.say("web_failures", count=row["consecutive_failures"]))
    return SourceLine(
        row["source_id"],
        find_link(row["url"]),
        tuple(meta),
        clean_line(row["last_error"] or "") if row["state"] in ("failing", "gone") else "",
        tuple(_word_fetch(one, setting) for one in fetches),
    )


def _word_fetch(row: Row, setting: Setting) -> str:
    key = f"web_outcome_{row['outcome']}"
    outcome = setting.say(key) if has_text(setting.language, key) else row["outcome"]
    brought = row["items_new"] + row["items_changed"]
    parts = [setting.word_day(row["started_at"]), outcome] + ([setting.say("items", count=brought)] if brought else [])
    return " · ".join(parts)
