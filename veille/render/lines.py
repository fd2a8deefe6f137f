"""What an issue says of one entry, line by line, in words: the same for its HTML and its text. Pure.

Whatever comes from a source is cleaned to one line here and is never markup; only http(s) addresses become links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from veille.digest.values import Digest, Entry, Telling
from veille.extracts import find_extract
from veille.items.address import canonical_url
from veille.render.clipping import (
    EXTRACT_LENGTH,
    FACT_LENGTH,
    clean_line,
    cut_words,
    find_link,
    find_page,
    nest_marks,
)
from veille.render.dated import word_course, word_event
from veille.render.links import NO_LINKS, VERDICTS, Links
from veille.values import Course, Event, Evidence, Paper
from veille.wording import (
    NARROW,
    NBSP,
    has_text,
    say,
    set_spaces,
    word_day,
    word_language,
)

TITLE_LENGTH = 300
QUOTE_LENGTH = 300
SYNTHESES = ("meta-analysis", "systematic-review")  # they count studies, not people
OTHERS_SHOWN = 6
TERMS_SHOWN = 4
DOT = f"{NBSP}· "


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
    dated: bool  # an event, a course, a rule in force: its facts are its dates, and come first
    facts: tuple[Linked, ...]  # venue, DOI, dates, place
    evidence: str  # design, sample, effect of a study
    quote: Linked  # the sentence of its abstract that says so
    extract: Linked
    votes: tuple[Linked, ...]
    vote_url: str | None  # where either vote is given
    others: tuple[Linked, ...]
    more_others: str
    why: str


def build_lines(entry: Entry, digest: Digest, links: Links = NO_LINKS, extract_length: int = EXTRACT_LENGTH) -> Lines:
    """What is said of one entry; ``links`` lead back to the organisation's own site."""
    lead, language, today = entry.story.lead, digest.language, local_day(digest.generated_at, digest)
    lang = find_lang(lead.language, language)
    own = lead.language or language
    others = _build_others(entry, digest)
    extract = _build_extract(entry, digest, extract_length)
    quote = build_quote(lead.evidence)
    return Lines(
        position=entry.position,
        title=Linked(set_spaces(cut_words(clean_line(lead.title), TITLE_LENGTH), own), find_page(lead.url), lang),
        meta=build_meta(lead, ZoneInfo(digest.timezone), today, language),
        dated=_is_dated(lead) or lead.in_force is not None,
        banner=find_banner(lead, language),
        facts=build_facts(lead, language, today, ZoneInfo(digest.timezone)),
        evidence=build_evidence(lead.evidence, language),
        quote=Linked("" if quote in extract else set_spaces(nest_marks(quote, language), own), None, lang),
        extract=Linked(set_spaces(extract, own), None, lang),
        votes=_build_votes(entry, links, language),
        vote_url=links.vote_url(entry.story.story_id),
        others=others[:OTHERS_SHOWN],
        more_others=say(language, "and_more", count=len(others) - OTHERS_SHOWN) if len(others) > OTHERS_SHOWN else "",
        why=_build_why(entry, digest),
    )


def build_meta(telling: Telling, zone: ZoneInfo, today: date, language: str) -> tuple[str, ...]:
    """Source, day and language; without the day where an event's own days would be taken for it."""
    lang = find_lang(telling.language, language)
    spoken = say(language, "in_language", name=word_language(lang, language)) if lang else ""
    day = "" if _is_dated(telling) else _word_told_on(telling, zone, today, language)
    return tuple(filter(None, (name_source(telling), day, spoken)))


def _word_told_on(telling: Telling, zone: ZoneInfo, today: date, language: str) -> str:
    if isinstance(telling.details, Paper) and is_year_alone(telling.told_at):
        return str(telling.told_at.year)
    day = telling.told_at.astimezone(zone).date()
    return word_day(day, language, year=day.year != today.year)


def is_year_alone(told_at: datetime) -> bool:
    """Whether it is what databases write where they know the year alone: its first instant."""
    return told_at == datetime(told_at.year, 1, 1, tzinfo=UTC)


def word_newest(newest_at: datetime, day: str, language: str) -> str:
    """When a source last published; ``day`` is that instant's, in words."""
    if is_year_alone(newest_at):
        return say(language, "newest_year", year=str(newest_at.year))
    return say(language, "newest_day", day=day)


def _is_dated(lead: Telling) -> bool:
    return isinstance(lead.details, Event | Course)


def _build_extract(entry: Entry, digest: Digest, length: int) -> str:
    """The sentences that carry the story for the topic that it stands under."""
    lead = entry.story.lead
    summary, title = clean_line(lead.summary), clean_line(lead.title)
    words = digest.topic_words.get(entry.topic_id, {})
    return find_extract(summary, lead.language, words, length, title=title, paper=lead.kind == "paper")


def find_lang(language: str | None, own: str) -> str | None:
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


def _build_others(entry: Entry, digest: Digest) -> tuple[Linked, ...]:
    """The other tellings, one a source and language; a page that is linked already has no second link."""
    lead = entry.story.lead
    seen, others = {(lead.source_id, lead.language)}, []
    opened = {canonical_url(link)} if (link := find_page(lead.url)) else set()
    for telling in entry.story.others:
        if (telling.source_id, telling.language) not in seen:
            seen.add((telling.source_id, telling.language))
            link = find_page(telling.url)
            link = link if link and canonical_url(link) not in opened else None
            opened |= {canonical_url(link)} if link else set()
            others.append(Linked(_name_telling(telling, lead, digest.language), link))
    return tuple(others)


def _name_telling(telling: Telling, lead: Telling, language: str) -> str:
    if not telling.language or telling.language == lead.language:
        return name_source(telling)
    spoken = say(language, "in_language", name=word_language(telling.language, language))
    return f"{name_source(telling)} ({spoken})"


def find_banner(lead: Telling, language: str) -> str:
    if isinstance(lead.details, Paper) and lead.details.is_retracted:
        return say(language, "retracted")
    if isinstance(lead.details, Event | Course) and has_text(language, f"event_{lead.details.status}"):
        return say(language, f"event_{lead.details.status}")
    return ""


def build_facts(lead: Telling, language: str, today: date, zone: ZoneInfo) -> tuple[Linked, ...]:
    if isinstance(lead.details, Event):
        return tuple(map(Linked, word_event(lead.details, language, today, zone)))
    if isinstance(lead.details, Course):
        return tuple(map(Linked, word_course(lead.details, language)))
    return _paper_facts(lead, language) + _rule_facts(lead, language, today)


def _rule_facts(lead: Telling, language: str, today: date) -> tuple[Linked, ...]:
    if lead.in_force is None:
        return ()
    key = "in_force_from" if lead.in_force.on > today else "in_force_since"
    said = say(language, key, day=word_day(lead.in_force.on, language))
    return (Linked(said[:1].upper() + said[1:]),)


def build_evidence(evidence: Evidence | None, language: str) -> str:
    """What the study says of itself, nothing where it says nothing."""
    if evidence is None:
        return ""
    facts = [say(language, f"design_{evidence.design}")] if has_text(language, f"design_{evidence.design}") else []
    if evidence.sample_size:
        key = "sample_studies" if evidence.design in SYNTHESES else "sample"
        facts.append(say(language, key, count=evidence.sample_size))
    if evidence.effect:
        stated = _word_effect(cut_words(clean_line(evidence.effect), FACT_LENGTH), language)
        facts.append(say(language, "effect", effect=stated))
    return DOT.join(facts)


def _word_effect(effect: str, language: str) -> str:
    """``d = 0.35 [0.20, 0.50]`` with the numbers as the language writes them: ``d = 0,35 [0,20 ; 0,50]``."""
    if language == "fr":
        effect = re.sub(r"(?<=\d), (?=[-−]?\d)", f"{NARROW}; ", effect)  # between the ends of an interval
        effect = re.sub(r"(?<=\d)\.(?=\d)", ",", effect)
    return set_spaces(effect, language)


def build_quote(evidence: Evidence | None) -> str:
    """The sentence that states the effect, else the one that states the design."""
    quote = (evidence.effect_quote or evidence.design_quote) if evidence else None
    return cut_words(clean_line(quote), QUOTE_LENGTH) if quote else ""


def _build_votes(entry: Entry, links: Links, language: str) -> tuple[Linked, ...]:
    urls = [(verdict, links.vote_url(entry.story.story_id, verdict)) for verdict in VERDICTS]
    return tuple(Linked(say(language, f"rate_{verdict}"), url) for verdict, url in urls if url)


def _paper_facts(lead: Telling, language: str) -> tuple[Linked, ...]:
    paper = lead.details if isinstance(lead.details, Paper) else Paper()
    facts = [Linked(_word_authors(lead.authors, language))] if lead.kind == "paper" and lead.authors else []
    venue = ", ".join(str(part) for part in (paper.venue, paper.year) if part)
    facts += [Linked(cut_words(clean_line(venue), FACT_LENGTH))] if venue else []
    facts += [Linked(say(language, "preprint"))] if paper.is_preprint else []
    doi = lead.identifiers.get("doi")
    shown_doi = cut_words(clean_line(doi), FACT_LENGTH) if doi else ""
    facts += [Linked(f"doi:{shown_doi}", find_link(f"https://doi.org/{doi}"))] if doi else []
    open_access = find_link(paper.open_access_url)
    facts += [Linked(say(language, "open_access"), open_access)] if open_access else []
    return tuple(facts)


def _word_authors(authors: Sequence[str], language: str) -> str:
    names = [cut_words(clean_line(author), FACT_LENGTH) for author in authors[:4]]
    return ", ".join(names) if len(names) <= 3 else say(language, "and_others", first=names[0])


def _build_why(entry: Entry, digest: Digest) -> str:
    language, reasons = digest.language, drop_told_words(entry.reasons)
    worded = []
    if entry.section != "topic":
        topic = say(language, "quote", text=digest.topic_names[entry.topic_id])
        worded = [say(language, "in_topic", topic=topic)]
    if worded or any(_terms(reason) for reason in reasons):  # says more than that it is on the topic
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


BARE_REASONS = ("meaning", "fresh", "rated", "promotional", "explore")  # said without a number or a term


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
    return say(language, key) if reason.get("kind") in BARE_REASONS else ""


def local_day(instant: datetime, digest: Digest) -> date:
    return instant.astimezone(ZoneInfo(digest.timezone)).date()
