"""An issue as a mail: HTML and text of equal worth, its subject, and the same as JSON. Pure."""

from __future__ import annotations

import json
import textwrap
from functools import cache

import css_inline
import jinja2

from veille.digest import Digest, digest_json
from veille.lines import (
    DOT,
    Chapter,
    Edition,
    Lines,
    Note,
    build_edition,
    clean_line,
    find_best,
    quote_title,
    week_number,
)
from veille.wording import say

TEXT_WIDTH = 76
SUBJECT_LENGTH = 150
SUBJECT_TITLE_LENGTH = 80


def render_html(digest: Digest) -> str:
    """The mail's HTML and the issue's page: one file, its CSS inlined, no script, nothing remote."""
    page = _templates().get_template("digest.html.j2").render(edition=build_edition(digest), dot=DOT)
    return _inliner().inline(page)


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("veille"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, minify_css=True)


def render_subject(digest: Digest) -> str:
    """The mail's subject: one line, with the title that comes first."""
    language, best = digest.language, find_best(digest.entries)
    rest = say(language, "subject_empty")
    if best:
        first = quote_title(best.story.lead.title, language, SUBJECT_TITLE_LENGTH)
        rest = say(language, "subject_rest", count=len(digest.entries), first=first)
    subject = say(language, "subject", title=digest.title, week=week_number(digest), rest=rest)
    return textwrap.shorten(clean_line(subject), SUBJECT_LENGTH, placeholder="…")


def render_json(digest: Digest) -> str:
    """``digest.json``: the same as data, with the mail's subject."""
    return json.dumps(digest_json(digest) | {"subject": render_subject(digest)}, ensure_ascii=False, indent=2) + "\n"


def render_text(digest: Digest) -> str:
    """The text part: wrapped at 76 columns, every link on a line of its own."""
    edition = build_edition(digest)
    blocks = [_text_head(edition), _text_list(edition.opening)]
    for chapter in edition.chapters:
        blocks.append("\n" + _text_heading(chapter))
        blocks += [_text_entry(lines, edition) for lines in chapter.entries]
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
    parts = [_wrap(title, number, indent), _wrap(DOT.join(lines.meta), indent)]
    facts = DOT.join(fact.text for fact in lines.facts)
    parts += [_wrap(one, indent) for one in (facts, lines.extract.text) if one]
    parts += [indent + one.url for one in (lines.title, *lines.facts) if one.url]
    if lines.others:
        names = ", ".join(filter(None, [*(other.text for other in lines.others), lines.more_others]))
        parts.append(_wrap(f"{edition.also_in} {names}", indent))
        parts += [indent + other.url for other in lines.others if other.url]
    if lines.why:
        parts.append(_wrap(f"{edition.why} {lines.why}", indent))
    return "\n".join(parts)


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
