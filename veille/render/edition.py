"""All that a reader of an issue is told, in words: the same for its HTML and its text. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from veille.digest.values import Digest, Entry, Section, SourceHealth, Trend
from veille.render.clipping import EXTRACT_LENGTH, clean_line, find_page, fit_title, quote_title
from veille.render.dated import word_turn
from veille.render.lines import Lines, Linked, build_lines, find_banner, find_lang, local_day, word_newest
from veille.render.links import NO_LINKS, Links
from veille.values import Event
from veille.wording import NBSP, say, word_day, word_number, word_period

NAMES_SHOWN = 12
AT_LENGTH = 30  # entries with extracts at full length: beyond it a mail client would clip the message
SHORT_EXTRACT = 160
TRENDS_SHOWN = 6
FOREIGN = 0.8  # of the value of a story in another language than the digest, for the first line
BARS = "▁▂▃▄▅▆▇█"
COLON = {"fr": f"{NBSP}: ", "en": ": "}
NOTHING = Linked("")
HOLE = "\0"  # where a title will stand; no text has it


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the opening, around the title that it quotes."""

    before: str
    title: Linked = NOTHING
    after: str = ""

    @property
    def text(self) -> str:
        return self.before + self.title.text + self.after


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
class TrendLine:
    """A topic's weeks as a picture of block characters, and the same in words."""

    name: str
    bars: str
    words: str


@dataclass(frozen=True, slots=True)
class Trends:
    title: str
    intro: str
    lines: tuple[TrendLine, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """All that a reader of a digest is told."""

    language: str
    title: str
    organisation: str
    week: str
    period: str
    opening: tuple[Told, ...]
    preheader: str  # what a mail client shows beside the subject, which names the first story already
    chapters: tuple[Chapter, ...]
    trends: Trends | None
    also_in: str  # labels with their colon
    why: str
    study: str
    quote_marks: tuple[str, str]
    rate: str
    rate_either: str  # for both verdicts at one address
    coverage_title: str
    counts: str
    notes: tuple[Note, ...]
    database: str
    imprint: str


def build_edition(digest: Digest, links: Links = NO_LINKS) -> Edition:
    """All that is said of a digest; ``links`` lead back to the organisation's own site."""
    language, opening = digest.language, build_opening(digest)
    return Edition(
        language=language,
        title=clean_line(digest.title),
        organisation=clean_line(digest.organisation),
        week=say(language, "issue_of_week", week=week_number(digest)),
        period=say(
            language,
            "issue_period",
            period=word_period(local_day(digest.since, digest), local_day(digest.until, digest), language),
        ),
        opening=opening,
        preheader=" ".join(line.text for line in opening[:1] + opening[2:]),
        chapters=tuple(_build_chapter(section, digest, links) for section in digest.sections),
        trends=_build_trends(digest),
        also_in=say(language, "also_in"),
        why=say(language, "why"),
        study=say(language, "study"),
        quote_marks=_find_marks(language),
        rate=say(language, "rate"),
        rate_either=say(language, "rate_either"),
        coverage_title=say(language, "coverage"),
        counts=_word_counts(digest),
        notes=build_notes(digest),
        database=say(language, "database", path=digest.database),
        imprint=say(
            language,
            "imprint",
            organisation=digest.organisation,
            digest_id=digest.digest_id,
            day=word_day(local_day(digest.generated_at, digest), language),
        ),
    )


def _build_chapter(section: Section, digest: Digest, links: Links) -> Chapter:
    length = EXTRACT_LENGTH if len(digest.entries) <= AT_LENGTH else SHORT_EXTRACT
    lines = tuple(build_lines(entry, digest, links, length) for entry in section.entries)
    return Chapter(clean_line(section.title), word_number(len(lines), digest.language), lines)


def _build_trends(digest: Digest) -> Trends | None:
    """The topics that rise, then those most told of; nothing before there is a week to compare with."""
    language = digest.language
    told = [trend for trend in digest.trends if any(trend.stories[:-1]) and trend.topic_id in digest.topic_names]
    told.sort(key=lambda trend: (not trend.rising, -(trend.surge or 0.0), -trend.stories[-1], trend.topic_id))
    if not told:
        return None
    most = max(max(trend.stories) for trend in told)
    lines = [
        TrendLine(digest.topic_names[trend.topic_id], draw_bars(trend.stories, most), _word_trend(trend, language))
        for trend in told[:TRENDS_SHOWN]
    ]
    averaged = any(trend.baseline is not None for trend in told[:TRENDS_SHOWN])
    intro = [say(language, "trends_intro"), *([say(language, "trends_average")] if averaged else [])]
    return Trends(say(language, "section_trends"), " ".join(intro), tuple(lines))


def draw_bars(values: Sequence[int], most: int) -> str:
    """A block character a value, its height a share of ``most``."""
    return "".join(BARS[-(-value * (len(BARS) - 1) // max(most, 1))] for value in values)


def _word_trend(trend: Trend, language: str) -> str:
    parts = [say(language, "trend", count=trend.stories[-1])]
    if trend.baseline is not None:
        parts.append(say(language, "trend_usual", number=word_number(round(trend.baseline, 1), language)))
    words = ", ".join(parts) + (f"{COLON[language]}{say(language, 'trend_rising')}" if trend.rising else "")
    if trend.phrases:
        phrases = [clean_line(phrase) for phrase in trend.phrases]
        words += f". {say(language, 'trend_phrases', count=len(phrases), terms=', '.join(phrases))}"
    return words


def _word_counts(digest: Digest) -> str:
    language, coverage = digest.language, digest.coverage
    counts = [say(language, "items", count=coverage.items)]
    if coverage.items:
        counts.append(say(language, "count_stories", count=coverage.stories))
        counts.append(say(language, "count_relevant", count=coverage.relevant - coverage.earlier))
    if coverage.earlier:
        counts.append(say(language, "count_earlier", count=coverage.earlier))
    if coverage.items or coverage.shown:
        counts.append(say(language, "count_shown", count=coverage.shown))
    return ", ".join(counts) + "."


def build_opening(digest: Digest) -> tuple[Told, ...]:
    """At most five lines that say what is in the issue, made of counts and quoted titles."""
    language, coverage, entries = digest.language, digest.coverage, digest.entries
    items = say(language, "items_read", count=coverage.items)
    sources = say(language, "from_sources", count=coverage.sources_read)
    if not entries:
        read = "empty_read" if coverage.items else "empty_unread"
        return Told(say(language, "empty")), Told(say(language, read, items=items, sources=sources))
    told, today = _of(entries, "topic"), local_day(digest.generated_at, digest)
    lines = [Told(_word_kept(digest, items, sources))]
    best = find_best(entries, language)
    if best and best.section == "topic":
        lines.append(_quote("opening_first", best, language))
    for section in ("research", "agenda", "regulation", "courses"):
        if group := _of(entries, section):
            lines.append(_tell_section(section, group, language, today))
    if rising := [digest.topic_names[trend.topic_id] for trend in digest.trends if trend.rising]:
        lines.append(Told(say(language, "opening_trends", count=len(rising), names=", ".join(rising[:3]))))
    most = max(told, key=lambda entry: (entry.story.told_by, -entry.position), default=None)
    if most and most is not best and most.story.told_by > 1:
        lines.append(_quote("opening_most_told", most, language, most.story.told_by))
    return tuple(lines[:5])


def _word_kept(digest: Digest, items: str, sources: str) -> str:
    """What was kept of what came in the period, and what came before."""
    language, coverage = digest.language, digest.coverage
    earlier = sum(1 for entry in digest.entries if entry.story.came_before(digest.since))
    if earlier < len(digest.entries):
        kept = say(language, "opening", count=len(digest.entries) - earlier, items=items, sources=sources)
        return f"{kept} {say(language, 'opening_and_earlier', count=earlier)}" if earlier else kept
    key = "opening_earlier_read" if coverage.items else "opening_earlier_unread"
    return say(language, key, count=earlier, items=items, sources=sources)


def _tell_section(section: str, group: Sequence[Entry], language: str, today: date) -> Told:
    """How much there is, and the first of it that still holds; of dated things when that is."""
    if section == "agenda":
        return _tell_agenda(group, language, today)
    first = next((entry for entry in group if not find_banner(entry.story.lead, language)), group[0])
    return _quote(f"opening_{section}", first, language, len(group), find_banner(first.story.lead, language).lower())


def _tell_agenda(group: Sequence[Entry], language: str, today: date) -> Told:
    off = [entry for entry in group if _is_off(entry)]
    held = [entry for entry in group if not _is_off(entry)]
    if not held:
        return _quote("opening_cancelled", off[0], language, len(off))
    when = word_turn(held[0].story.lead.details, language, today)
    line = _quote("opening_agenda", held[0], language, len(held), when)
    more = f" {say(language, 'opening_others_cancelled', count=len(off))}" if off else ""
    return replace(line, after=line.after + more)


def _is_off(entry: Entry) -> bool:
    details = entry.story.lead.details
    return isinstance(details, Event) and details.status == "cancelled"


def _find_marks(language: str) -> tuple[str, str]:
    opening, closing = say(language, "quote", text=HOLE).split(HOLE)
    return opening, closing


def _quote(key: str, entry: Entry, language: str, count: int | None = None, note: str = "") -> Told:
    """Our line for ``key`` around the title of an entry, which leads to it, and a note on it."""
    lead = entry.story.lead
    quoted = HOLE.join(_find_marks(language)) + (f" ({note})" if note else "")
    before, after = say(language, key, count=count, title=quoted).split(HOLE)
    title = Linked(fit_title(lead.title, language), find_page(lead.url), find_lang(lead.language, language))
    return Told(before, title, after)


def find_best(entries: Sequence[Entry], language: str) -> Entry | None:
    """What the subject and the opening name first: the best story under a topic, else the best of all that holds.

    One that is told in another language must be clearly better: the first line is read at a glance, or not at all.
    """

    def weigh(entry: Entry) -> tuple[float, int]:
        foreign = find_lang(entry.story.lead.language, language) is not None
        return entry.score * (FOREIGN if foreign else 1.0), -entry.position

    held = [entry for entry in entries if not find_banner(entry.story.lead, language)]
    return max(_of(entries, "topic") or held or entries, key=weigh, default=None)


def _of(entries: Sequence[Entry], section: str) -> list[Entry]:
    return [entry for entry in entries if entry.section == section]


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
        day = word_day(local_day(source.since, digest), digest.language)
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
    day = word_day(local_day(source.since, digest), digest.language)
    return f"{source.source_id} ({word_newest(source.since, day, digest.language)})"


def week_number(digest: Digest) -> int:
    """The number of its ISO week."""
    return int(digest.week.rpartition("W")[2])
