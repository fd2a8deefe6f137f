"""What is said of events and courses: their days and hours, and which of them comes next. Pure."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from veille.digest.choosing import find_turn
from veille.render.clipping import FACT_LENGTH, clean_line, cut_words
from veille.values import Course, Details, Event
from veille.wording import has_text, say, word_day, word_number, word_period, word_time


def word_event(event: Event, language: str, today: date, zone: ZoneInfo) -> list[str]:
    """Day, hours, place, and the deadlines that are still open."""
    facts = []
    if event.starts_on:
        period = word_period(event.starts_on, event.ends_on or event.starts_on, language)
        before = _word_former_day(event, language)
        facts.append(f"{period[:1].upper()}{period[1:]}{_word_hours(event, language, zone)}{before}")
    facts += [cut_words(clean_line(", ".join(part for part in (event.place, event.country) if part)), FACT_LENGTH)]
    facts += [say(language, "online")] if event.online else []
    for deadline in sorted(event.deadlines, key=lambda one: (one.on, one.kind)):
        if deadline.on >= today and event.status != "cancelled":
            facts.append(_word_deadline(deadline.kind, deadline.on, language, today))
    return [fact for fact in facts if fact]


def word_course(course: Course, language: str) -> list[str]:
    """Provider, days and effort."""
    facts = [cut_words(clean_line(course.provider or ""), FACT_LENGTH)]
    for key, day in (("starts", course.starts_on), ("enrolment", course.enrolment_ends_on), ("ends", course.ends_on)):
        if day:
            before = _word_former_day(course, language) if key == "starts" else ""
            facts.append(say(language, f"course_{key}", day=word_day(day, language)) + before)
    if course.effort_hours:
        facts.append(say(language, "course_effort", number=word_number(course.effort_hours, language)))
    return [fact for fact in facts if fact]


def word_turn(details: Details, language: str, today: date) -> str:
    """The day that gives a dated thing its place in the agenda, and what it is; empty without one."""
    day, what = find_turn(details, today)
    if what in ("start", "end"):
        moved = what == "start" and isinstance(details, Event | Course) and details.status == "moved"
        key = "turn_moved" if moved else f"turn_{what}"
        return say(language, key, day=word_day(day, language, year=day.year != today.year))
    return _word_deadline(what, day, language, today) if what else ""


def _word_former_day(details: Event | Course, language: str) -> str:
    """Behind the day of what was moved: from when."""
    former, day = details.moved_from_on, details.starts_on
    if former is None or day is None or details.status != "moved":
        return ""
    return say(language, "moved_from", day=word_day(former, language, year=former.year != day.year))


def _word_hours(event: Event, language: str, zone: ZoneInfo) -> str:
    """The hours of an event of one day, behind that day: those of its place, but of what is online the reader's.

    Where they are not those of a clock at hand, it is said whose they are.
    """
    start, end = event.starts_at, event.ends_at
    if start is None or (event.ends_on or event.starts_on) != event.starts_on:
        return ""
    note = ""
    if start.utcoffset() != start.astimezone(zone).utcoffset():
        if event.online or not start.utcoffset():  # instants in UTC say nothing of where it is
            start, end = start.astimezone(zone), end.astimezone(zone) if end else None
            note = say(language, "own_time", zone=zone.key)
        else:
            note = say(language, "local_time")
    if start.date() != event.starts_on:
        return ""
    hours = [word_time(start.time(), language), *([word_time(end.time(), language)] if end else [])]
    return f", {say(language, 'hours' if end else 'hour', start=hours[0], end=hours[-1])}{note}"


def _word_deadline(kind: str, on: date, language: str, today: date) -> str:
    key = f"deadline_{kind}" if has_text(language, f"deadline_{kind}") else "deadline_other"
    return say(language, key, day=word_day(on, language, year=on.year != today.year))
