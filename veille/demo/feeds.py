"""The sample feeds as values, and their rendering in the formats that real feeds come in.

An entry *appears* on a day: it is in the feed from that morning on, and says that it was published during the
afternoon before. Rendering is a function of feed and day, so the same day always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
FRENCH_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
FRENCH_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """What an entry says from a day on."""

    since: date
    title: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Entry:
    title: str
    text: str
    link: str  # absolute http(s)
    appears: date
    until: date | None = None  # the first day without it
    published: date | None = None  # what it says, where that is not the day before it appears
    edited: Edit | None = None
    guid: str | None = None  # the link, where not given
    author: str | None = None
    doi: str | None = None
    audio: str | None = None  # a podcast's file
    updated_at: datetime | None = None  # set by `find_entries` once the edit shows

    @property
    def identifier(self) -> str:
        return self.guid or self.link

    @property
    def published_at(self) -> datetime:
        """In Paris time; the minute comes from the identifier, so that entries of a day have an order."""
        day = self.published or self.appears - timedelta(days=1)
        minutes = int.from_bytes(blake2b(self.identifier.encode(), digest_size=2).digest()) % 300
        return datetime.combine(day, time(13, 0), PARIS) + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Status:
    """How a feed's first path answers instead of the feed, from a day on and until another (not included)."""

    since: date
    status: int
    until: date | None = None
    location: str | None = None  # a path: where the feed is served from the first day on, too
    retry_after: int | None = None  # seconds


@dataclass(frozen=True)
class Feed:
    name: str
    title: str
    path: str
    format: str  # a key of RENDERERS
    language: str
    site: str
    section: str
    about: str = ""
    encoding: str = "utf-8"
    french_dates: bool = False
    statuses: tuple[Status, ...] = ()
    entries: tuple[Entry, ...] = ()


def build_feed(name: str, fields: Mapping[str, object]) -> Feed:
    """A feed from its YAML file's fields. A link without a host is a path on the feed's site.

    Raises TypeError for a key that a feed, an entry or a status does not have.
    """
    values = dict(fields)
    entries = tuple(build_entry(entry, str(values["site"])) for entry in _rows(values.pop("entries", ())))
    statuses = tuple(Status(**status) for status in _rows(values.pop("statuses", ())))  # type: ignore[arg-type]
    return Feed(name=name, entries=entries, statuses=statuses, **values)  # type: ignore[arg-type]


def build_entry(fields: Mapping[str, object], site: str) -> Entry:
    values = dict(fields)
    link = str(values.pop("link"))
    edited = values.pop("edited", None)
    return Entry(
        link=link if "://" in link else f"{site.rstrip('/')}/{link.lstrip('/')}",
        edited=Edit(**edited) if isinstance(edited, dict) else None,
        **values,  # type: ignore[arg-type]
    )


def find_entries(feed: Feed, day: date) -> list[Entry]:
    """What the feed holds on that day's morning, as it reads then, newest first."""
    there = [entry for entry in feed.entries if entry.appears <= day and (entry.until is None or day < entry.until)]
    shown = [_as_edited(entry, day) for entry in there]
    return sorted(shown, key=lambda entry: (entry.appears, entry.published_at, entry.identifier), reverse=True)


def find_changed_at(feed: Feed, day: date) -> datetime:
    """When the feed last changed as seen on that day: an entry came, was edited or left. UTC."""
    days = [entry.appears for entry in feed.entries]
    days += [entry.edited.since for entry in feed.entries if entry.edited]
    days += [entry.until for entry in feed.entries if entry.until]
    last = max((when for when in days if when <= day), default=date(2026, 1, 1))
    return datetime.combine(last, time(5, 0), PARIS).astimezone(UTC)


def render_feed(feed: Feed, day: date) -> tuple[str, bytes]:
    """The content type and the body of a feed on that day."""
    content_type, render = RENDERERS[feed.format]
    text = render(feed, find_entries(feed, day), find_changed_at(feed, day))
    return content_type, text.encode(feed.encoding, "xmlcharrefreplace")


def render_rss(feed: Feed, entries: Sequence[Entry], changed_at: datetime) -> str:
    items = "".join(
        f"<item><title>{escape(entry.title)}</title><link>{escape(entry.link)}</link>"
        f'<guid isPermaLink="{"false" if entry.guid else "true"}">{escape(entry.identifier)}</guid>'
        f"{_tag('dc:creator', entry.author)}<pubDate>{_pub_date(feed, entry)}</pubDate>"
        f"<description>{escape(f'<p>{entry.text}</p>')}</description>{_enclosure(entry)}</item>\n"
        for entry in entries
    )
    return (
        f'<?xml version="1.0" encoding="{feed.encoding}"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{escape(feed.title)}</title><link>{escape(feed.site)}</link>"
        f"<description>{escape(feed.about)}</description><language>{feed.language}</language>"
        f"<lastBuildDate>{format_datetime(changed_at)}</lastBuildDate>\n{items}</channel></rss>\n"
    )


def render_rss_091(feed: Feed, entries: Sequence[Entry], changed_at: datetime) -> str:
    """Title, link and description are all that an item of RSS 0.91 has: no date, no identifier."""
    items = "".join(
        f"<item><title>{escape(entry.title)}</title><link>{escape(entry.link)}</link>"
        f"<description>{escape(entry.text)}</description></item>\n"
        for entry in entries
    )
    return (
        f'<?xml version="1.0" encoding="{feed.encoding}"?>\n<rss version="0.91"><channel>'
        f"<title>{escape(feed.title)}</title><link>{escape(feed.site)}</link>"
        f"<description>{escape(feed.about)}</description><language>{feed.language}</language>"
        f"<lastBuildDate>{format_datetime(changed_at)}</lastBuildDate>\n{items}</channel></rss>\n"
    )


def render_rdf(feed: Feed, entries: Sequence[Entry], changed_at: datetime) -> str:
    """RSS 1.0 as journals publish it: Dublin Core and PRISM beside each item."""
    places = "".join(f"<rdf:li rdf:resource={quoteattr(entry.link)}/>" for entry in entries)
    items = "".join(
        f"<item rdf:about={quoteattr(entry.link)}><title>{escape(entry.title)}</title>"
        f"<link>{escape(entry.link)}</link><description>{escape(entry.text)}</description>"
        f"{_tag('dc:creator', entry.author)}<dc:date>{entry.published_at.date()}</dc:date>"
        f"{_tag('dc:identifier', entry.doi and f'doi:{entry.doi}')}{_tag('prism:doi', entry.doi)}"
        f"{_tag('prism:publicationName', feed.title)}</item>\n"
        for entry in entries
    )
    return (
        f'<?xml version="1.0" encoding="{feed.encoding}"?>\n'
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">'
        f"<channel rdf:about={quoteattr(feed.site)}><title>{escape(feed.title)}</title><link>{escape(feed.site)}</link>"
        f"<description>{escape(feed.about)}</description><dc:language>{feed.language}</dc:language>"
        f"<dc:date>{changed_at.isoformat()}</dc:date><items><rdf:Seq>{places}</rdf:Seq></items></channel>\n"
        f"{items}</rdf:RDF>\n"
    )


def render_atom(feed: Feed, entries: Sequence[Entry], changed_at: datetime) -> str:
    items = "".join(
        f'<entry><title type="html">{escape(entry.title)}</title><link href={quoteattr(entry.link)}/>'
        f"<id>{escape(entry.identifier)}</id><published>{entry.published_at.isoformat()}</published>"
        f"<updated>{(entry.updated_at or entry.published_at).isoformat()}</updated>"
        + (f"<author><name>{escape(entry.author)}</name></author>" if entry.author else "")
        + f'<content type="html">{escape(f"<p>{entry.text}</p>")}</content></entry>\n'
        for entry in entries
    )
    return (
        f'<?xml version="1.0" encoding="{feed.encoding}"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.language}"><title>{escape(feed.title)}</title>'
        f"<id>{escape(feed.site)}</id><link href={quoteattr(feed.site)}/>"
        f"<subtitle>{escape(feed.about)}</subtitle><updated>{changed_at.isoformat()}</updated>\n{items}</feed>\n"
    )


def render_json(feed: Feed, entries: Sequence[Entry], changed_at: datetime) -> str:  # noqa: ARG001 - one shape for all
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.site,
        "description": feed.about,
        "language": feed.language,
        "items": [
            {
                "id": entry.identifier,
                "url": entry.link,
                "title": entry.title,
                "content_html": f"<p>{entry.text}</p>",
                "date_published": entry.published_at.isoformat(),
                **({"date_modified": entry.updated_at.isoformat()} if entry.updated_at else {}),
                **({"authors": [{"name": entry.author}]} if entry.author else {}),
            }
            for entry in entries
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


Renderer = Callable[[Feed, Sequence[Entry], datetime], str]
RENDERERS: dict[str, tuple[str, Renderer]] = {
    "rss": ("application/rss+xml", render_rss),
    "rss-0.91": ("text/xml", render_rss_091),
    "rdf": ("application/rdf+xml", render_rdf),
    "atom": ("application/atom+xml", render_atom),
    "json": ("application/feed+json", render_json),
}


def _as_edited(entry: Entry, day: date) -> Entry:
    edit = entry.edited
    if edit is None or day < edit.since:
        return entry
    updated_at = datetime.combine(edit.since, time(5, 0), PARIS)
    return replace(entry, title=edit.title or entry.title, text=edit.text or entry.text, updated_at=updated_at)


def _pub_date(feed: Feed, entry: Entry) -> str:
    at = entry.published_at
    if not feed.french_dates:
        return format_datetime(at)
    first = "1er" if at.day == 1 else str(at.day)
    return f"{FRENCH_DAYS[at.weekday()]} {first} {FRENCH_MONTHS[at.month - 1]} {at.year} à {at:%Hh%M}"


def _enclosure(entry: Entry) -> str:
    return f'<enclosure url={quoteattr(entry.audio)} length="18000000" type="audio/mpeg"/>' if entry.audio else ""


def _tag(name: str, value: str | None) -> str:
    return f"<{name}>{escape(value)}</{name}>" if value else ""


def _rows(value: object) -> list[dict[str, object]]:
    return list(value) if isinstance(value, (list, tuple)) else []
