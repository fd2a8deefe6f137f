"""What an issue says, line by line, in words: the same for its HTML and its text. Pure.

Whatever comes from a source is cleaned to one line here and is never markup; only http(s) addresses become links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from veille.digest import Digest, Entry, Section, SourceHealth, Telling
from veille.values import Course, Event, Paper
from veille.wording import (
    NBSP,
    has_text,
    say,
    set_spaces,
    word_day,
    word_language,
    word_number,
    word_period,
)

EXTRACT_LENGTH = 280
TITLE_LENGTH = 300
FACT_LENGTH = 120
OTHERS_SHOWN = 6
TERMS_SHOWN = 4
NAMES_SHOWN = 12
DOT = f"{NBSP}· "
OPENING_TITLE_LENGTH = 110


@dataclass(frozen=True, slots=True)
class Linked:
    """A text that may be a link, and its language where it is not the digest's."""

    text: str
    url: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """What is said of one entry, in reading order; empty where there is nothing to say."""

    position: int
    title: Linked
    meta: tuple[str, ...]  # source, date, language
    banner: str  # retracted, cancelled
    facts: tuple[Linked, ...]  # venue, DOI, dates, place
    extract: Linked
    others: tuple[Linked, ...]
    more_others: str
    why: str


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the coverage: a label and what it lists."""

    label: str  # with its colon
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section: its title, how many entries it has, and what they say."""

    title: str
    count: str
    entries: tuple[Lines, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """All that a reader of a digest is told."""

    language: str
    title: str
    organisation: str
    week: str
    period: str
    opening: tuple[str, ...]
    preheader: str  # what a mail client shows beside the subject, which names the first story already
    chapters: tuple[Chapter, ...]
    also_in: str  # labels with their colon
    why: str
    coverage_title: str
    counts: str
    notes: tuple[Note, ...]
    database: str
    imprint: str


def build_edition(digest: Digest) -> Edition:
    """All that is said of a digest."""
    language, opening = digest.language, build_opening(digest)
    return Edition(
        language=language,
        title=clean_line(digest.title),
        organisation=clean_line(digest.organisation),
        week=say(language, "week", week=week_number(digest)),
        period=word_period(_local_day(digest.since, digest), _local_day(digest.until, digest), language),
        opening=opening,
        preheader=" ".join(opening[:1] + opening[2:]),
        chapters=tuple(_build_chapter(section, digest) for section in digest.sections),
        also_in=say(language, "also_in"),
        why=say(language, "why"),
        coverage_title=say(language, "coverage"),
        counts=_word_counts(digest),
        notes=build_notes(digest),
        database=say(language, "database", path=digest.database),
        imprint=say(
            language,
            "imprint",
            organisation=digest.organisation,
            digest_id=digest.digest_id,
            day=word_day(_local_day(digest.generated_at, digest), language),
        ),
    )


def _build_chapter(section: Section, digest: Digest) -> Chapter:
    lines = tuple(build_lines(entry, digest) for entry in section.entries)
    return Chapter(clean_line(section.title), word_number(len(lines), digest.language), lines)


def _word_counts(digest: Digest) -> str:
    language, coverage = digest.language, digest.coverage
    if not coverage.items:
        return say(language, "items", count=0) + "."
    return say(
        language,
        "coverage_counts",
        items=say(language, "items", count=coverage.items),
        stories=say(language, "count_stories", count=coverage.stories),
        relevant=say(language, "count_relevant", count=coverage.relevant),
        shown=say(language, "count_shown", count=coverage.shown),
    )


def build_opening(digest: Digest) -> tuple[str, ...]:
    """At most five lines that say what is in the issue, made of counts and quoted titles."""
    language, coverage, entries = digest.language, digest.coverage, digest.entries
    items = say(language, "items_read", count=coverage.items)
    sources = say(language, "from_sources", count=coverage.sources_read)
    if not entries:
        read = "empty_read" if coverage.items else "empty_unread"
        return say(language, "empty"), say(language, read, items=items, sources=sources)
    told = _of(entries, "topic")
    papers = [entry for entry in told if entry.story.lead.kind == "paper"]
    lines = [say(language, "opening", count=len(entries), items=items, sources=sources)]
    best = find_best(entries)
    if best and best.section == "topic":
        lines.append(say(language, "opening_first", title=quote_title(best.story.lead.title, language)))
    most = max(told, key=lambda entry: (len(entry.story.source_ids), -entry.position), default=None)
    if most and most is not best and len(most.story.source_ids) > 1:
        title = quote_title(most.story.lead.title, language)
        lines.append(say(language, "opening_most_told", count=len(most.story.source_ids), title=title))
    for key, group in (("research", papers), ("agenda", _of(entries, "agenda")), ("courses", _of(entries, "courses"))):
        if group:
            title = quote_title(group[0].story.lead.title, language)
            lines.append(say(language, f"opening_{key}", count=len(group), title=title))
    return tuple(lines[:5])


def find_best(entries: Sequence[Entry]) -> Entry | None:
    """What the subject and the opening name first: the best story under a topic, else the best of all."""
    return max(_of(entries, "topic") or entries, key=lambda entry: (entry.score, -entry.position), default=None)


def _of(entries: Sequence[Entry], section: str) -> list[Entry]:
    return [entry for entry in entries if entry.section == section]


def quote_title(title: str, language: str, length: int = OPENING_TITLE_LENGTH) -> str:
    return say(language, "quote", text=set_spaces(cut_words(clean_line(title), length).rstrip(" ."), language))


# Control characters, and those that change the direction of what follows.
UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
BREAKING_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
SENTENCE_END = re.compile(r"([.!?…]+(?:\s?[»”]|[\"’)])?)\s+(?=[«“\"(]?[A-ZÀ-ÖØ-Þ0-9])")


def clean_line(text: str) -> str:
    """One line without control and direction-changing characters: it goes into headers and beside our own words."""
    return BREAKING_SPACES.sub(" ", UNSEEN.sub("", text)).strip()


def cut_words(text: str, length: int) -> str:
    """The text, or its first whole words and an ellipsis, within ``length``; only a word that is longer is broken."""
    if len(text) <= length:
        return text
    words = text[: length + 1].split()
    within = words if text[length].isspace() else words[:-1]
    head = " ".join(within) or text[:length]
    return head.rstrip(" ,;:.–-(«" + NBSP) + "…"


def build_extract(summary: str, title: str, length: int = EXTRACT_LENGTH) -> str:
    """The first whole sentences within ``length`` characters, else the first words; nothing that repeats the title."""
    text = clean_line(summary)
    bare = clean_line(title).rstrip(" .…")
    if bare and text.lower().startswith(bare.lower()):
        text = text[len(bare) :].lstrip(" .:–—-…")
    if len(text) <= length:
        return text
    ends = [match.end(1) for match in SENTENCE_END.finditer(text[: length + 2])]
    ends = [end for end in ends if length // 3 <= end <= length]
    return text[: ends[-1]] if ends else cut_words(text, length)


def find_link(url: str | None) -> str | None:
    """The address if a reader may follow it: absolute http or https, without spaces or control characters."""
    if not url or re.search(r"[\s\x00-\x1f\x7f\"<>]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def _find_lang(language: str | None, own: str) -> str | None:
    """What the ``lang`` attribute says, where it differs from the page's."""
    if not language or not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
        return None
    return None if language.split("-")[0].lower() == own else language


def name_source(telling: Telling) -> str:
    """The source, and the site that it points to when that is another one (an alert, an aggregator)."""
    link = find_link(telling.url)
    host = (urlsplit(link).hostname or "").removeprefix("www.") if link else ""
    squeezed = re.sub(r"[^a-z0-9]", "", telling.source_id)
    alike = squeezed in re.sub(r"[^a-z0-9]", "", host) or any(
        len(part) > 3 and part in squeezed for part in host.split(".")
    )
    return telling.source_id if alike or not host else f"{telling.source_id} ({host})"


def build_lines(entry: Entry, digest: Digest) -> Lines:
    """What is said of one entry."""
    lead, language, today = entry.story.lead, digest.language, _local_day(digest.generated_at, digest)
    lang = _find_lang(lead.language, language)
    own = lead.language or language
    others = _build_others(entry, digest)
    extract = build_extract(lead.summary, lead.title)
    return Lines(
        position=entry.position,
        title=Linked(set_spaces(cut_words(clean_line(lead.title), TITLE_LENGTH), own), find_link(lead.url), lang),
        meta=_build_meta(lead, digest, today, lang),
        banner=_find_banner(lead, language),
        facts=_build_facts(lead, language, today),
        extract=Linked(set_spaces(extract, own), None, lang),
        others=others[:OTHERS_SHOWN],
        more_others=say(language, "and_more", count=len(others) - OTHERS_SHOWN) if len(others) > OTHERS_SHOWN else "",
        why=_build_why(entry, digest),
    )


def _build_meta(lead: Telling, digest: Digest, today: date, lang: str | None) -> tuple[str, ...]:
    told_on = _local_day(lead.told_at, digest)
    worded = word_day(told_on, digest.language, year=told_on.year != today.year)
    parts = [name_source(lead), worded]
    if lang:
        parts.append(say(digest.language, "in_language", name=word_language(lang, digest.language)))
    return tuple(parts)


def _build_others(entry: Entry, digest: Digest) -> tuple[Linked, ...]:
    """The other tellings, one a source and language; a second link to the lead's page is none."""
    lead = entry.story.lead
    seen, others = {(lead.source_id, lead.language)}, []
    for telling in entry.story.others:
        if (telling.source_id, telling.language) not in seen:
            seen.add((telling.source_id, telling.language))
            link = find_link(telling.url) if telling.url != lead.url else None
            others.append(Linked(_name_telling(telling, lead, digest.language), link))
    return tuple(others)


def _name_telling(telling: Telling, lead: Telling, language: str) -> str:
    if not telling.language or telling.language == lead.language:
        return name_source(telling)
    spoken = say(language, "in_language", name=word_language(telling.language, language))
    return f"{name_source(telling)} ({spoken})"


def _find_banner(lead: Telling, language: str) -> str:
    if isinstance(lead.details, Paper) and lead.details.is_retracted:
        return say(language, "retracted")
    if isinstance(lead.details, Event) and has_text(language, f"event_{lead.details.status}"):
        return say(language, f"event_{lead.details.status}")
    return ""


def _build_facts(lead: Telling, language: str, today: date) -> tuple[Linked, ...]:
    if isinstance(lead.details, Event):
        return _event_facts(lead.details, language, today)
    if isinstance(lead.details, Course):
        return _course_facts(lead.details, language)
    return _paper_facts(lead, language)


def _paper_facts(lead: Telling, language: str) -> tuple[Linked, ...]:
    paper = lead.details if isinstance(lead.details, Paper) else Paper()
    facts = [Linked(_word_authors(lead.authors, language))] if lead.kind == "paper" and lead.authors else []
    venue = ", ".join(str(part) for part in (paper.venue, paper.year) if part)
    facts += [Linked(cut_words(clean_line(venue), FACT_LENGTH))] if venue else []
    facts += [Linked(say(language, "preprint"))] if paper.is_preprint else []
    doi = lead.identifiers.get("doi")
    facts += [Linked(f"doi:{clean_line(doi)}", find_link(f"https://doi.org/{doi}"))] if doi else []
    open_access = find_link(paper.open_access_url)
    facts += [Linked(say(language, "open_access"), open_access)] if open_access else []
    return tuple(facts)


def _word_authors(authors: Sequence[str], language: str) -> str:
    names = [cut_words(clean_line(author), FACT_LENGTH) for author in authors[:4]]
    return ", ".join(names) if len(names) <= 3 else say(language, "and_others", first=names[0])


def _event_facts(event: Event, language: str, today: date) -> tuple[Linked, ...]:
    facts = []
    if event.starts_on:
        period = word_period(event.starts_on, event.ends_on or event.starts_on, language)
        facts.append(period[:1].upper() + period[1:])
    facts += [cut_words(clean_line(", ".join(part for part in (event.place, event.country) if part)), FACT_LENGTH)]
    facts += [say(language, "online")] if event.online else []
    for deadline in sorted(event.deadlines, key=lambda one: (one.on, one.kind)):
        if deadline.on >= today:
            key = f"deadline_{deadline.kind}"
            key = key if has_text(language, key) else "deadline_other"
            facts.append(say(language, key, day=word_day(deadline.on, language, year=deadline.on.year != today.year)))
    return tuple(Linked(fact) for fact in facts if fact)


def _course_facts(course: Course, language: str) -> tuple[Linked, ...]:
    facts = [cut_words(clean_line(course.provider or ""), FACT_LENGTH)]
    for key, day in (("starts", course.starts_on), ("enrolment", course.enrolment_ends_on), ("ends", course.ends_on)):
        if day:
            facts.append(say(language, f"course_{key}", day=word_day(day, language)))
    if course.effort_hours:
        facts.append(say(language, "course_effort", number=word_number(course.effort_hours, language)))
    return tuple(Linked(fact) for fact in facts if fact)


def _build_why(entry: Entry, digest: Digest) -> str:
    language, reasons = digest.language, drop_told_words(entry.reasons)
    worded = []
    if entry.section != "topic":
        topic = say(language, "quote", text=digest.topic_names[entry.topic_id])
        worded = [say(language, "in_topic", topic=topic)]
        reasons = [reason for reason in reasons if reason.get("kind") != "meaning"]
    worded += [word_reason(reason, language) for reason in reasons]
    if entry.other_topics:
        names = ", ".join(digest.topic_names[topic_id] for topic_id in entry.other_topics)
        worded.append(say(language, "other_topics", topics=names))
    if entry.rolled_over:
        worded.append(say(language, "rolled_over"))
    return clean_line(DOT.join(filter(None, worded)))


def drop_told_words(reasons: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The reasons, their words without those that a keyword of the same entry says already."""
    told = " ".join(str(term) for reason in reasons if reason.get("kind") == "keyword" for term in _terms(reason))
    told_words = set(re.findall(r"\w+", told.casefold()))
    return [
        {**reason, "terms": [term for term in _terms(reason) if str(term).casefold() not in told_words]}
        if reason.get("kind") == "words"
        else reason
        for reason in reasons
    ]


def _terms(reason: Mapping[str, object]) -> Sequence[object]:
    terms = reason.get("terms")
    return terms if isinstance(terms, list | tuple) else ()


def word_reason(reason: Mapping[str, object], language: str) -> str:
    """A reason in words; nothing for a kind that is not known here."""
    key = f"reason_{reason.get('kind')}"
    terms, count = reason.get("terms"), reason.get("count")
    if not has_text(language, key):
        return ""
    if isinstance(terms, list | tuple):
        shown = [clean_line(str(term)) for term in terms[:TERMS_SHOWN]]
        return say(language, key, count=len(shown), terms=", ".join(shown)) if shown else ""
    if isinstance(count, int):
        return say(language, key, count=count) if count > 1 else ""
    return say(language, key) if reason.get("kind") in ("meaning", "fresh", "rated") else ""


def build_notes(digest: Digest) -> tuple[Note, ...]:
    """The coverage in words: what was cut, and the sources that said nothing or could not be read."""
    language, coverage = digest.language, digest.coverage
    notes = []
    if coverage.quiet_topics and digest.entries:
        quiet = [digest.topic_names[topic_id] for topic_id in coverage.quiet_topics]
        notes.append(Note(say(language, "coverage_quiet"), tuple(quiet)))
    if coverage.cut:
        titles = [quote_title(title, language, 80) for title in coverage.cut_titles]
        more = coverage.cut - len(titles)
        titles += [say(language, "and_more", count=more)] if more > 0 else []
        notes.append(Note(say(language, "coverage_cut", count=coverage.cut), tuple(titles)))
    for key, names in (
        ("failed", [_word_failure(one, digest) for one in coverage.failed]),
        ("stale", [_word_stale(one, digest) for one in coverage.stale]),
        ("silent", list(coverage.silent)),
        ("unsupported", list(coverage.unsupported)),
    ):
        if names:
            notes.append(Note(say(language, f"coverage_{key}", count=len(names)), _abridge(names, language)))
    return tuple(notes)


def _abridge(names: Sequence[str], language: str) -> tuple[str, ...]:
    if len(names) <= NAMES_SHOWN:
        return tuple(names)
    return (*names[:NAMES_SHOWN], say(language, "and_more", count=len(names) - NAMES_SHOWN))


def _word_failure(source: SourceHealth, digest: Digest) -> str:
    why = [_word_cause(source, digest.language)]
    if source.since:
        day = word_day(_local_day(source.since, digest), digest.language)
        why.append(say(digest.language, "since_day", day=day))
    return f"{source.source_id} ({', '.join(why)})"


def _word_cause(source: SourceHealth, language: str) -> str:
    """In the reader's language; `veille status` has the operator's sentence."""
    if source.state == "gone":
        return say(language, "cause_gone")
    if source.http_status is None:
        return say(language, "cause_unreachable")
    if source.http_status >= 400:
        return say(language, "cause_status", status=str(source.http_status))
    return say(language, "cause_unreadable")


def _word_stale(source: SourceHealth, digest: Digest) -> str:
    if not source.since:
        return source.source_id
    day = word_day(_local_day(source.since, digest), digest.language)
    return f"{source.source_id} ({say(digest.language, 'newest_day', day=day)})"


def _local_day(instant: datetime, digest: Digest) -> date:
    return instant.astimezone(ZoneInfo(digest.timezone)).date()


def week_number(digest: Digest) -> int:
    """The number of its ISO week."""
    return int(digest.week.rpartition("W")[2])
