"""The sample web's agendas: a calendar, a list of conferences, a page of events, and an official page to watch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from html import escape
from importlib.resources import files
from typing import Any

from veille.demo.routes import Query, Reply, Route

Gathering = Mapping[str, Any]

ICAL_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sample web//Agenda//FR", "X-WR-TIMEZONE:Europe/Paris")
SCHEMA = "https://schema.org/"


def load_agendas() -> dict[str, list[Gathering]]:
    """Every gathering, by the endpoint that tells it."""
    import yaml

    loaded: dict[str, list[Gathering]] = yaml.safe_load(files(__package__).joinpath("agendas.yaml").read_text("utf-8"))
    return loaded


def build_agenda_routes() -> dict[str, Route]:
    """Each agenda's one address."""
    agendas = load_agendas()
    return {
        "/salons/agenda.ics": partial(answer_calendar, agendas["calendar"]),
        "/colloques/conferences.json": partial(answer_conferences, agendas["conferences"]),
        "/rencontres/": partial(answer_page, agendas["page"]),
        "/guide-qualiopi/": partial(answer_watched, agendas["watched"]),
    }


def find_gatherings(gatherings: Sequence[Gathering], day: date) -> tuple[list[Gathering], datetime]:
    """Those of a day with the changes that were made until then, and when the last of all that happened."""
    told = [one for one in gatherings if one["appears"] <= day]
    changes = [change for one in told for change in one.get("changes", ()) if change["since"] <= day]
    changed_on = max([one["appears"] for one in told] + [change["since"] for change in changes], default=day)
    as_of: list[Gathering] = [{**one, **_merged(one.get("changes", ()), day)} for one in told]
    return as_of, datetime(changed_on.year, changed_on.month, changed_on.day, 4, tzinfo=UTC)


def _merged(changes: Iterable[Gathering], day: date) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for change in changes:
        merged |= change if change["since"] <= day else {}
    return merged


def answer_calendar(gatherings: Sequence[Gathering], day: date, query: Query) -> Reply:  # noqa: ARG001 - a Route
    """iCalendar, its lines folded."""
    told, changed_at = find_gatherings(gatherings, day)
    lines = [*ICAL_HEAD, *(line for one in told for line in _vevent(one)), "END:VCALENDAR"]
    body = "".join(f"{_fold(line)}\r\n" for line in lines)
    return Reply(body.encode(), "text/calendar; charset=utf-8", changed_at=changed_at)


def _vevent(one: Gathering) -> list[str]:
    timed = {name: name in one and len(str(one[name])) > 10 for name in ("starts", "ends")}
    last = one["ends"] if timed["ends"] else one["ends"] + timedelta(days=1)  # an all-day end is exclusive
    lines = ["BEGIN:VEVENT", f"UID:{one['id']}@agenda-formation.example", f"DTSTAMP:{one['appears']:%Y%m%d}T050000Z"]
    lines += [f"DTSTART{_moment(one['starts'])}", f"DTEND{_moment(last)}", f"SUMMARY:{_escaped(one['title'])}"]
    lines += [f"DESCRIPTION:{_escaped(one['text'])}", f"LOCATION:{_escaped(one['place'])}"]
    lines += [
        f"{name}:{one[field]}"
        for name, field in (("URL", "url"), ("RRULE", "repeats"), ("STATUS", "status"))
        if field in one
    ]
    return [*lines, "END:VEVENT"]


def _moment(value: date | str) -> str:
    if isinstance(value, str):
        return f";TZID=Europe/Paris:{datetime.fromisoformat(value):%Y%m%dT%H%M%S}"
    return f";VALUE=DATE:{value:%Y%m%d}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _fold(line: str) -> str:
    return "\r\n ".join(line[at : at + 60] for at in range(0, len(line), 60))


def answer_conferences(gatherings: Sequence[Gathering], day: date, query: Query) -> Reply:  # noqa: ARG001 - a Route
    """A JSON list, as communities publish them."""
    told, changed_at = find_gatherings(gatherings, day)
    names = {
        "name": "title", "url": "url", "startDate": "starts", "endDate": "ends", "city": "city", "country": "country",
        "online": "online", "cfpEndDate": "submission", "description": "text",
    }  # fmt: skip
    rows = [{name: one[field] for name, field in names.items() if field in one} for one in told]
    return Reply(
        json.dumps(rows, ensure_ascii=False, default=str, indent=1).encode(), "application/json", changed_at=changed_at
    )


def answer_page(gatherings: Sequence[Gathering], day: date, query: Query) -> Reply:  # noqa: ARG001 - a Route
    """An HTML page with its events in JSON-LD."""
    told, changed_at = find_gatherings(gatherings, day)
    graph = {"@context": "https://schema.org", "@graph": [_thing(one) for one in told]}
    script = json.dumps(graph, ensure_ascii=False, default=str).replace("</", "<\\/")
    listed = "".join(f"<li>{escape(one['title'])}</li>" for one in told)
    return _html("Rencontres et webinaires", f"<ul>{listed}</ul>", changed_at, script)


def _thing(one: Gathering) -> dict[str, Any]:
    mode = "Online" if one.get("online") else "Offline"
    address = {"@type": "PostalAddress", "addressLocality": one.get("city"), "addressCountry": one.get("country")}
    place = {"@type": "Place", "name": one.get("place"), "address": address}
    offer = {"@type": "Offer", "name": "Inscription", "validThrough": one.get("registration")}
    return {
        "@type": "EducationEvent",
        "@id": f"#{one['id']}",
        "name": one["title"],
        "description": one["text"],
        "url": one["url"],
        "startDate": one["starts"],
        "endDate": one["ends"],
        "location": {"@type": "VirtualLocation"} if mode == "Online" else place,
        "offers": [offer],
        "eventAttendanceMode": f"{SCHEMA}{mode}EventAttendanceMode",
        "inLanguage": "fr",
    }


def answer_watched(texts: Sequence[Gathering], day: date, query: Query) -> Reply:  # noqa: ARG001 - a Route
    """An official page: the last text that was put there, and a menu that is never the same."""
    told, changed_at = find_gatherings(texts, day)
    content = f"<nav>Le {day}</nav><main><h1>Guide de lecture de Qualiopi</h1><p>{escape(told[-1]['text'])}</p></main>"
    return _html("Guide de lecture de Qualiopi", content, changed_at)


def _html(title: str, content: str, changed_at: datetime, script: str = "") -> Reply:
    data = f'<script type="application/ld+json">{script}</script>' if script else ""
    page = f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>{data}</head>'
    return Reply(f"{page}<body>{content}</body></html>".encode(), "text/html; charset=utf-8", changed_at=changed_at)
