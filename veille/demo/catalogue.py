"""The sample web's course catalogue, in the shape of a Richie platform's search API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

Course = Mapping[str, Any]

PATH = "/savoirs-ouverts/api/v1.0/courses/"
NEVER = "9999-12-31T23:59:59Z"  # as Richie writes it
ENROLMENT_DAYS = 28  # that enrolment is open before a run starts
OPENING = "T08:00:00Z"
CLOSING = "T20:00:00Z"


def load_courses() -> tuple[Course, ...]:
    """Those of the package's ``courses.yaml``."""
    import yaml

    return tuple(yaml.safe_load(files(__package__).joinpath("courses.yaml").read_text("utf-8")))


def list_courses(courses: Sequence[Course], day: date, query: Mapping[str, str]) -> dict[str, Any]:
    """A page of the catalogue as it stands on ``day``; ``limit`` and ``offset`` as in the API."""
    listed = [course for course in courses if course["appears"] <= day]
    offset, limit = _number(query.get("offset"), 0), _number(query.get("limit"), 10)
    page = listed[offset : offset + limit]
    return {
        "meta": {"count": len(page), "offset": offset, "total_count": len(listed)},
        "objects": [_render_course(course, day) for course in page],
        "filters": {},
    }


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default


def _render_course(course: Course, day: date) -> dict[str, Any]:
    runs = [_render_run(run, day) for run in course["runs"] if run["appears"] <= day]
    return {
        "id": course["id"],
        "absolute_url": f"/savoirs-ouverts/fr/cours/{course['slug']}/",
        "code": f"SO{course['id']}",
        "course_runs": runs[::-1],  # the latest first
        "duration": course["duration"],
        "effort": course["effort"],
        "introduction": course["introduction"],
        "organization_highlighted": course["organisation"],
        "state": {"priority": 1, "datetime": runs[-1]["start"], "call_to_action": "s'inscrire", "text": "à partir du"},
        "title": course["title"],
    }


def _render_run(run: Mapping[str, Any], day: date) -> dict[str, Any]:
    moves = run.get("moves")
    now = {**run, **moves} if moves and moves["from"] <= day else run
    opens = max(run["appears"], run["start"] - timedelta(days=ENROLMENT_DAYS))
    return {
        "start": f"{now['start']}{OPENING}",
        "end": f"{now['end']}{CLOSING}" if "end" in now else NEVER,
        "enrollment_start": f"{opens}{OPENING}",
        "enrollment_end": f"{now['enrolment_end']}{CLOSING}" if "enrolment_end" in now else NEVER,
        "languages": now["languages"],
    }
