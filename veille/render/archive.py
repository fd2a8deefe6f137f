"""The list of all issues: a page that searches itself, and a feed. Pure; made of the issues' ``digest.json``."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from veille.config import Organisation
from veille.export.atom import Feed, FeedEntry, render_atom
from veille.render.balance import TopicPictures
from veille.render.clipping import clean_line, cut_words
from veille.wording import say, set_spaces, word_period

if TYPE_CHECKING:
    import jinja2

WEEK = re.compile(r"\d{4}-W\d{2}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
TITLE_LENGTH = 200
TITLES_SHOWN = 3  # of each issue; the others unfold
FEED_LENGTH = 50
PAGE, FEED = "index.html", "atom.xml"


@dataclass(frozen=True, slots=True)
class Headline:
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Issued:
    """An issue as the archive lists it."""

    digest_id: str
    audience: str
    week: str  # 2026-W10
    title: str
    language: str  # of its own words
    generated_at: datetime
    first: date  # of the period that it tells, in its time zone
    last: date
    headlines: tuple[Headline, ...]  # of its entries, in order

    @property
    def name(self) -> str:
        """Its title and week, in its own words."""
        return f"{self.title}, {say(self.language, 'week', week=int(self.week[-2:]))}"

    @property
    def link(self) -> str:
        """Its page, relative to the archive's."""
        return f"{self.week}/{quote(self.audience)}/digest.html"


def parse_issued(data: Any, week: str, audience: str) -> Issued | None:
    """An issue from its ``digest.json`` in ``<week>/<audience>/``; None for what is not an issue that belongs there."""
    try:
        zone = ZoneInfo(data["timezone"])
        since, until = (datetime.fromisoformat(data["period"][end]).astimezone(zone) for end in ("since", "until"))
        issued = Issued(
            digest_id=data["digest_id"],
            audience=data["audience"],
            week=data["week"],
            title=clean_line(data["title"]),
            language=data["language"],
            generated_at=datetime.fromisoformat(data["generated_at"]),
            first=since.date(),
            last=until.date(),
            headlines=tuple(_parse_headlines(data["sections"])),
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OSError):  # OSError: a time zone like `/etc`
        return None
    own = (issued.week, issued.audience, issued.digest_id) == (week, audience, f"{audience}-{week}")
    known = issued.language in ("fr", "en") and issued.generated_at.tzinfo is not None
    return issued if own and known and WEEK.fullmatch(week) else None


def _parse_headlines(sections: Iterable[Mapping[str, Any]]) -> Iterable[Headline]:
    for entry in (entry for section in sections for entry in section.get("entries", ())):
        language = entry["items"][0].get("language") if entry.get("items") else None
        known = isinstance(language, str) and LANGUAGE.fullmatch(language)
        text = cut_words(clean_line(entry["story"]["title"]), TITLE_LENGTH)
        yield Headline(set_spaces(text, language if known else None), language if known else None)


def order_issues(issues: Iterable[Issued]) -> list[Issued]:
    """The newest week first; within a week by title, then audience."""
    by_name = sorted(issues, key=lambda issued: (issued.title.casefold(), issued.audience))
    return sorted(by_name, key=lambda issued: issued.week, reverse=True)


def render_archive(issues: Iterable[Issued], organisation: Organisation, topics: Sequence[TopicPictures] = ()) -> str:
    """``index.html``: one self-contained file, a plain list where scripts do not run; nothing remote.

    ``topics`` are drawn below the issues, as far as there is something to draw.
    """
    language = organisation.language
    ordered = order_issues(issues)
    script = _templates().get_template("archive_search.js.j2").render()
    return _templates().get_template("archive.html.j2").render(
        language=language,
        organisation=clean_line(organisation.name),
        title=say(language, "archive"),
        count=say(language, "archive_count", count=len(ordered)),
        empty=say(language, "archive_none"),
        rows=[_build_row(issued, language) for issued in ordered],
        topics=[topic for topic in topics if topic.line.picture or topic.balance],
        say=partial(say, language),
        more=say(language, "archive_more"),
        search=say(language, "archive_search"),
        found=say(language, "archive_found", number="{number}", total="{total}"),
        found_none=say(language, "archive_found_none"),
        feed=say(language, "archive_feed"),
        feed_link=FEED,
        script=script,
        script_hash=b64encode(sha256(script.encode("utf-8")).digest()).decode(),
    )  # fmt: skip


def _build_row(issued: Issued, language: str) -> Mapping[str, object]:
    period = word_period(issued.first, issued.last, language)
    return {
        "link": issued.link,
        "name": issued.name,
        "lang": issued.language if issued.language != language else None,
        "meta": (period[:1].upper() + period[1:], say(language, "archive_entries", count=len(issued.headlines))),
        "shown": _mark_language(issued.headlines[:TITLES_SHOWN], language),
        "folded": _mark_language(issued.headlines[TITLES_SHOWN:], language),
    }


def _mark_language(headlines: Sequence[Headline], language: str) -> list[Headline]:
    """Each with its language only where that is not the page's."""
    return [
        Headline(one.text, None if (one.language or language).split("-")[0].lower() == language else one.language)
        for one in headlines
    ]


def render_archive_feed(issues: Iterable[Issued], organisation: Organisation) -> str:
    """``atom.xml``: the newest issues, each with its first titles and a link beside the feed."""
    language, name = organisation.language, clean_line(organisation.name)
    return render_atom(
        Feed(
            id=f"issues:{name}",
            title=say(language, "export_all", organisation=name),
            author=name,
            language=language,
            entries=tuple(_build_feed_entry(issued, name) for issued in order_issues(issues)[:FEED_LENGTH]),
            link=PAGE,
        )
    )


def _build_feed_entry(issued: Issued, organisation: str) -> FeedEntry:
    count = say(issued.language, "archive_entries", count=len(issued.headlines))
    lines = [count, *(headline.text for headline in issued.headlines[: 2 * TITLES_SHOWN])]
    return FeedEntry(
        id=f"issue:{organisation}:{issued.digest_id}",
        title=issued.name,
        link=issued.link,
        updated_at=issued.generated_at,
        published_at=issued.generated_at,
        summary="\n".join(lines),
        categories=(issued.audience,),
        language=issued.language,
    )


@cache
def _templates() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("veille.render"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
