"""Records of conferences, salons and webinars to event items: their days, places, deadlines and status."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import islice

from veille.config import Source
from veille.items.entries import UnusableEntryError, build_item
from veille.items.hours import find_hours
from veille.items.periods import find_day, find_period
from veille.items.places import ONLINE_WORD, find_place, list_of, mappings_in
from veille.items.records import (
    SYNONYMS,
    Record,
    find_link,
    find_text,
    find_title,
    find_words,
    read_flag,
    read_record,
    text_of,
)
from veille.items.text import clean_text
from veille.items.written_days import days_in_years, find_written_day, plain_text
from veille.values import Deadline, Event, Item

DEADLINE_KEY = re.compile(
    r"deadline|datelimite|cloture|earlybird|duedate|submission(?:end|close|due)|cfp(?:end|close|due|until)|notification"
    r"|registration(?:end|close|until)|inscriptions?(?:fin|jusqu)|limitdate"
)
# Kinds by the words that name them, in this order: "early-bird registration" is early bird.
DEADLINE_WORDS = (
    ("early-bird", re.compile(r"early|tarif reduit|prevente|preferentiel")),
    ("other", re.compile(r"camera|rebuttal|revision|review|response|withdraw|author_r|release|commitment|discussion")),
    ("notification", re.compile(r"notif|decision|acceptance|reponse aux")),
    ("registration", re.compile(r"regist|inscription|booking|reservation|enrol|ticket|billet")),
    (
        "submission",
        re.compile(
            r"submi|soumission|paper|abstract|proposal|proposition|cfp|call|appel|poster|workshop|tutorial|demo|full"
            r"|short|communication|contribution|article|manuscript|supplement"
        ),
    ),
)
DEADLINE_NAME = re.compile(
    r"\bdeadline\b|\bdate limite\b|\bcl[ôo]ture des? (?:inscription|soumission|candidature|appel|d[ée]p[ôo]t)",
    re.IGNORECASE,
)
DEADLINE_TOLD = re.compile(
    r"\b(?:deadlines?|date limite|cl[ôo]ture|early[- ]bird|appel à (?:communications?|contributions?)"
    r"|call for (?:papers|proposals|contributions)|registration (?:closes|ends|until)|inscriptions? (?:jusqu|avant)"
    r"|(?:soumission|submission)s?\b[^.!?;\d]{0,25}\b(?:due|until|close|before|by|jusqu|avant))",
    re.IGNORECASE,
)
# Not in `12. Mai` or `12 janv. 2027`.
SENTENCE_END = re.compile(r"[!?;](?:\s|$)|(?<!\s\d)(?<!\s\d\d)\.(?=\s+[^\W\da-zß-ÿ]|\s*$)")
MOST_TOLD = 20  # deadlines of one text
UNNAMED_DEADLINE = "submission"  # a conference list's bare `deadline` is that of its call

MOVED_ONLINE = re.compile(r"moved\s?online", re.IGNORECASE)
CANCELLED = re.compile(r"cancel|annul[ée]", re.IGNORECASE)
MOVED = re.compile(r"postpone|reschedul|\bmoved\b|report[ée]|d[ée]plac[ée]", re.IGNORECASE)
TITLE_MARK = re.compile(
    r"^\W*(?:(?P<cancelled>cancell?ed|annul[ée]e?s?)|postponed|rescheduled|report[ée]e?s?)\b\s*(?=[\])}:!|–—-])",
    re.IGNORECASE,
)


def build_event_item(
    source: Source, raw: Record, *, guid: str | None, base: str, now: datetime, url: str | None = None
) -> Item:
    """The item of a record; ``url`` is that of the page it stands on, for a record that has none of its own.

    Raises `UnusableEntryError`.
    """
    record = read_record(raw)
    title, summary, link = find_title(record), find_text(record, "summary"), find_link(record)
    if not (title or summary or link):
        raise UnusableEntryError("it has no title, text or link: nothing says what it is")
    tags = find_words(record, "tags")
    if tags and tags not in summary:
        summary = f"{summary}{'' if summary.endswith(('.', '!', '?', '>')) or not summary else '.'} {tags}"
    return build_item(
        source,
        guid=guid,
        url=link or url,
        title=title,
        summary=summary,
        base=base,
        now=now,
        published=find_text(record, "published") or None,
        language=find_text(record, "language")[:5] or None,
        kind="event",
        details=build_event(raw, now),
    )


def build_event(raw: Record, now: datetime) -> Event:
    """What a record says of an event. Days are those of the place itself, as written, whatever the time zone."""
    record = read_record(raw)
    starts_on, ends_on = find_days(record, now)
    starts_at, ends_at = find_hours(record, starts_on)
    place, country, place_online = find_place(record)
    return Event(
        starts_on=starts_on,
        ends_on=ends_on,
        place=place,
        country=country,
        online=_find_online(record, place_online),
        status=_find_status(record, starts_on, now),
        deadlines=find_deadlines(record, now),
        recurs=record.get("recurs") is True,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def is_event_like(raw: Record) -> bool:
    """It has a title, and a field for a day of its own or for a deadline."""
    record = read_record(raw)
    dated = SYNONYMS["starts"] + SYNONYMS["ends"]
    return bool(find_title(record)) and any(key in dated or DEADLINE_KEY.search(key) for key in record)


# --- days


def find_days(record: Record, now: datetime) -> tuple[date | None, date | None]:
    """First and last day; the last is None where it is not told or not possible."""
    starts_on = _first_day(record, "starts", now)
    ends_on = _first_day(record, "ends", now)
    for name in SYNONYMS["period"]:
        value = record.get(name)
        wrapped = value[0] if isinstance(value, list) and value else value
        if isinstance(wrapped, Mapping):
            ends_on = ends_on or find_day(wrapped.get("end_value") or wrapped.get("end") or wrapped.get("endDate"), now)
            starts_on = starts_on or find_day(wrapped.get("start") or wrapped.get("startDate"), now)
        elif ends_on is None and isinstance(wrapped, str):
            first, last = find_period(wrapped, now)
            starts_on, ends_on = (first, last) if starts_on in (None, first) else (starts_on, ends_on)
    if starts_on and ends_on and ends_on < starts_on:
        ends_on = None
    return starts_on or ends_on, ends_on


def _first_day(record: Record, field: str, now: datetime) -> date | None:
    """The first day that a field of this kind tells; the last one of a period, if that is what the field is for."""
    for name in SYNONYMS[field]:
        value = record.get(name)
        first, last = find_period(value, now) if isinstance(value, str) else (find_day(value, now), None)
        if first:
            return last or first if field == "ends" else first
    return None


def find_deadlines(record: Record, now: datetime) -> tuple[Deadline, ...]:
    """Every day until when something must be sent or said, the earliest first."""
    found: set[Deadline] = set()
    for key, value in record.items():
        if DEADLINE_KEY.search(key) or key in ("importantdates", "datesimportantes"):
            found |= set(_deadlines_in(key, value, now))
    for offer in mappings_in(record.get("offers")):
        last = find_day(offer.get("availabilityEnds") or offer.get("validThrough"), now)
        if last:
            kind = _deadline_kind(text_of(offer.get("name")))
            found.add(Deadline("early-bird" if kind == "early-bird" else "registration", last))
    starts_on, _ = find_days(record, now)
    title = find_text(record, "title")
    if starts_on and DEADLINE_NAME.search(title):  # a calendar's way: the deadline is an entry of its own
        found.add(Deadline(_deadline_kind(title), starts_on))
    if not found:
        found |= set(_told_deadlines(clean_text(find_text(record, "summary"), 5_000), starts_on, now))
    return tuple(sorted(found, key=lambda one: (one.on, one.kind)))


def _told_deadlines(text: str, starts_on: date | None, now: datetime) -> Iterable[Deadline]:
    """Deadlines that a text tells in words, the day right after them; without a year, the last such day before."""
    for match in islice(DEADLINE_TOLD.finditer(text), MOST_TOLD):
        after = plain_text(SENTENCE_END.split(text[match.end() : match.end() + 100])[0])
        told = find_written_day(after)
        if told is None or not told.day:
            continue
        before = SENTENCE_END.split(text[max(0, match.start() - 40) : match.start()])[-1]
        words = before + match[0] + after[: told.start]
        day = find_day(after[told.start : told.end], now)
        if day and not told.year and starts_on:
            days = days_in_years(told, starts_on.year, starts_on.year - 1)
            day = next((one for one in days if one <= starts_on), day)
        if day and (starts_on is None or day <= starts_on):
            yield Deadline(_deadline_kind(words), day)


def _deadlines_in(key: str, value: object, now: datetime) -> Iterable[Deadline]:
    """A day; a list of days with their names; or a map from name to day."""
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, Mapping):
            day = find_day(one, now)
            if day:
                yield Deadline(_deadline_kind(key), day)
            continue
        named = read_record(one)
        days = (find_day(named.get(name), now) for name in (*SYNONYMS["starts"], "on", "deadline"))
        day = next((day for day in days if day), None)
        if day:
            words = " ".join(text_of(named.get(name)) for name in ("type", "kind", "label", "name", "title"))
            yield Deadline(_deadline_kind(words or key), day)
        else:
            for name, inner in one.items():
                if not isinstance(inner, list | Mapping) and (day := find_day(inner, now)):
                    yield Deadline(_deadline_kind(str(name)), day)


def _deadline_kind(words: str) -> str:
    words = words.lower().replace("é", "e").replace("è", "e")
    found = next((kind for kind, pattern in DEADLINE_WORDS if pattern.search(words)), "other")
    bare = re.sub(r"[\W_]|deadlines?|datelimite|date|due|other|cloture", "", words)
    return UNNAMED_DEADLINE if found == "other" and not bare else found


# --- how


def _find_online(record: Record, place_says: bool | None) -> bool | None:
    flags = [read_flag(record[name]) for name in SYNONYMS["online"] if name in record]
    mode = " ".join(text_of(one) for name in SYNONYMS["mode"] for one in list_of(record.get(name)))
    mode_says: bool | None = None
    if re.search(r"mixed|hybrid", mode, re.IGNORECASE) or MOVED_ONLINE.search(find_text(record, "status")):
        mode_says = True
    elif re.search(r"offline|on-?site|in.person|pr[ée]sentiel", mode, re.IGNORECASE):
        mode_says = False
    elif re.search("online", mode, re.IGNORECASE) or ONLINE_WORD.search(mode):
        mode_says = True
    said = [one for one in (*flags, place_says, mode_says) if one is not None]
    return any(said) if said else None


def _find_status(record: Record, starts_on: date | None, now: datetime) -> str:
    said = find_text(record, "status")
    mark = TITLE_MARK.match(find_text(record, "title"))
    flagged = any(read_flag(record[name]) for name in SYNONYMS["cancelled"] if name in record)
    if flagged or CANCELLED.search(said) or (mark and mark["cancelled"]):
        return "cancelled"
    before = next((day for name in SYNONYMS["before"] if (day := find_day(record.get(name), now))), None)
    moved = mark or (MOVED.search(said) and not MOVED_ONLINE.search(said)) or (before and before != starts_on)
    return "moved" if moved else "planned"
