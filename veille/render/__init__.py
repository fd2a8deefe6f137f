"""An issue as a mail: HTML and text of equal worth, its subject, and the same as JSON. Pure."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache

import css_inline
import jinja2

from veille.digest.values import Digest, Entry
from veille.render.clipping import clean_line, quote_title
from veille.render.edition import Chapter, Edition, Note, TrendLine, build_edition, find_best, week_number
from veille.render.lines import DOT, Lines, find_banner
from veille.render.links import NO_LINKS, Links
from veille.wording import say

TEXT_WIDTH = 76
SUBJECT_LENGTH = 150
SUBJECT_TITLE_LENGTH = 80


def render_html(digest: Digest, links: Links = NO_LINKS) -> str:
    """The mail's HTML and the issue's page: one file, its CSS inlined, no script, nothing remote."""
    page = _templates().get_template("digest.html.j2").render(edition=build_edition(digest, links), dot=DOT)
    return _inliner().inline(page)


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("veille.render"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    """Writes the page's CSS into its elements, and leaves the style elements, which hold what cannot stand there."""
    css = _templates().get_template("digest.css").render()
    return css_inline.CSSInliner(
        inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, minify_css=True, extra_css=css
    )


def render_subject(digest: Digest) -> str:
    """The mail's subject: one line, with the title that comes first."""
    language, best = digest.language, find_best(digest.entries, digest.language)
    rest = say(language, "subject_empty")
    if best:
        first = quote_title(best.story.lead.title, language, SUBJECT_TITLE_LENGTH)
        if banner := find_banner(best.story.lead, language):
            first = say(language, "agenda_day", what=banner.lower(), title=first)
        rest = say(language, "subject_rest", count=len(digest.entries), first=first)
    subject = say(language, "subject", title=digest.title, week=week_number(digest), rest=rest)
    return textwrap.shorten(clean_line(subject), SUBJECT_LENGTH, placeholder="…")


def render_json(digest: Digest) -> str:
    """``digest.json``: the same as data, with the mail's subject."""
    return json.dumps(digest_json(digest) | {"subject": render_subject(digest)}, ensure_ascii=False, indent=2) + "\n"


def render_text(digest: Digest, links: Links = NO_LINKS) -> str:
    """The text part: wrapped at 76 columns, every link on a line of its own."""
    edition = build_edition(digest, links)
    blocks = [_text_head(edition), _text_list([line.text for line in edition.opening])]
    for chapter in edition.chapters:
        blocks.append("\n" + _text_heading(chapter))
        blocks += [_text_entry(lines, edition) for lines in chapter.entries]
    if edition.trends:
        blocks.append("\n" + _underline(edition.trends.title, "="))
        blocks += [_wrap(edition.trends.intro), *(_text_trend(line) for line in edition.trends.lines)]
    notes = [edition.counts, *map(_text_note, edition.notes)]
    blocks += ["\n" + _underline(edition.coverage_title, "-"), _text_list(notes)]
    blocks += [_wrap(edition.database) + "\n" + _wrap(edition.imprint)]
    return "\n\n".join(blocks) + "\n"


def _text_head(edition: Edition) -> str:
    under = f"{edition.organisation} · {edition.week}, {edition.period}"
    return f"{_wrap(edition.title.upper())}\n{_wrap(under)}"


def _text_heading(chapter: Chapter) -> str:
    return _underline(f"{chapter.title} ({chapter.count})", "=")


def _text_entry(lines: Lines, edition: Edition) -> str:
    number = f"{lines.position}. "
    indent = " " * len(number)
    title = f"{lines.banner.upper()} - {lines.title.text}" if lines.banner else lines.title.text
    meta, facts = DOT.join(lines.meta), DOT.join(fact.text for fact in lines.facts)
    about = [facts, meta] if lines.dated else [meta, facts]
    parts = [_wrap(title, number, indent)]
    evidence = f"{edition.study} {lines.evidence}" if lines.evidence else ""
    quote = lines.quote.text.join(edition.quote_marks) if lines.quote.text else ""
    parts += [_wrap(one, indent) for one in (*about, evidence, quote, lines.extract.text) if one]
    parts += [indent + url for url in dict.fromkeys(one.url for one in (lines.title, *lines.facts)) if url]
    if lines.others:
        names = ", ".join(filter(None, [*(other.text for other in lines.others), lines.more_others]))
        parts.append(_wrap(f"{edition.also_in} {names}", indent))
        parts += [indent + other.url for other in lines.others if other.url]
    if lines.why:
        parts.append(_wrap(f"{edition.why} {lines.why}", indent))
    if lines.vote_url:
        parts.append(f"{_wrap(edition.rate_either, indent)}\n{indent}{lines.vote_url}")
    return "\n".join(parts)


def _text_trend(line: TrendLine) -> str:
    return f"{_wrap(line.name)}\n  {line.bars}\n{_wrap(line.words, '  ')}"


def _text_note(note: Note) -> str:
    return f"{note.label} {', '.join(note.parts)}"


def _text_list(lines: list[str] | tuple[str, ...]) -> str:
    return "\n".join(_wrap(line, "- ", "  ") for line in lines)


def _underline(text: str, rule: str) -> str:
    wrapped = _wrap(text)
    return f"{wrapped}\n{rule * max(map(len, wrapped.splitlines()))}"


def _wrap(text: str, first: str = "", rest: str | None = None) -> str:
    """Lines of at most 76 columns; words longer than that stay whole, and so do our non-breaking spaces."""
    return textwrap.fill(
        text,
        TEXT_WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def digest_json(digest: Digest) -> dict[str, object]:
    """The issue as plain data: header, sections, entries with every column of their story, reasons, coverage."""
    return {
        "digest_id": digest.digest_id,
        "audience": digest.audience,
        "week": digest.week,
        "title": digest.title,
        "language": digest.language,
        "organisation": digest.organisation,
        "timezone": digest.timezone,
        "generated_at": _plain(digest.generated_at),
        "period": {"since": _plain(digest.since), "until": _plain(digest.until)},
        "topics": dict(digest.topic_names),
        "sections": [
            {
                "section": section.id,
                "title": section.title,
                "topic_id": section.topic_id,
                "entries": [_entry_json(entry) for entry in section.entries],
            }
            for section in digest.sections
        ],
        "trends": [_plain(asdict(trend)) for trend in digest.trends],
        "coverage": _plain(asdict(digest.coverage)),
        "database": digest.database,
    }


def _entry_json(entry: Entry) -> dict[str, object]:
    story, tellings = entry.story, entry.story.tellings
    return {
        "position": entry.position,
        "section": entry.section,
        "topic_id": entry.topic_id,
        "other_topics": list(entry.other_topics),
        "score": round(entry.score, 6),
        "rolled_over": entry.rolled_over,
        "reasons": _plain([dict(reason) for reason in entry.reasons]),
        "story": {
            "story_id": story.story_id,
            "item_id": story.lead.item_id,
            "title": story.lead.title,
            "item_count": len(tellings),
            "source_count": len(story.source_ids),
            "languages": sorted({t.language for t in tellings if t.language}),
            "first_seen_at": _plain(min(t.first_seen_at for t in tellings)),
            "last_seen_at": _plain(max(t.first_seen_at for t in tellings)),
            "scores": {
                topic_id: {"score": round(score.score, 6), "relevant": score.relevant}
                for topic_id, score in sorted(story.scores.items())
            },
        },
        "items": [_plain(asdict(telling)) for telling in (story.lead, *story.others)],
    }


def _plain(value: object) -> object:
    """Dates as ISO strings, instants in UTC, and tuples as lists, so that JSON can hold it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
