"""An Atom 1.0 feed (RFC 4287): of what was collected, or of issues."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from veille.export.names import parse_names
from veille.export.values import Record, choose_stories
from veille.render.clipping import clean_line, find_link

ATOM = "http://www.w3.org/2005/Atom"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when an empty feed was last updated: built again, it is the same
# What XML 1.0 has no place for, beside what `clean_line` takes out.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry. Texts are plain; ``link`` is absolute, or relative to where the feed lies."""

    id: str  # what it is known by, for ever; made an address by `build_id`
    title: str
    link: str
    updated_at: datetime
    published_at: datetime | None = None
    summary: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    id: str
    title: str
    author: str  # of entries that name none
    language: str
    entries: tuple[FeedEntry, ...]
    link: str = ""  # the page that it is the feed of


def build_id(name: str) -> str:
    """A permanent address that leads nowhere: feeds want one, and a home has no host of its own."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'veille:{name}')}"


def build_feed(records: Sequence[Record], title: str, author: str, language: str) -> Feed:
    """The feed of these records, one entry for each story, in the order given."""
    entries = tuple(_build_entry(record) for record in choose_stories(records))
    return Feed(f"feed:{author}:{title}", title, author, language, entries)


def _build_entry(record: Record) -> FeedEntry:
    telling = record.telling
    people = [" ".join(filter(None, [name.first, name.last, name.suffix])) for name in parse_names(telling.authors)]
    return FeedEntry(
        id=f"story:{record.story_id}",
        title=telling.title,
        link=find_link(telling.url) or "",
        updated_at=max(record.changed_at, telling.told_at),
        published_at=telling.published_at,
        summary=telling.summary,
        authors=tuple(people),
        categories=record.topics,
        language=telling.language,
    )


def render_atom(feed: Feed) -> str:
    """The feed as XML; ``updated`` is that of its newest entry."""
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed")
    _set_language(root, feed.language)
    _add(root, "id", build_id(feed.id))
    _add(root, "title", feed.title)
    _add(root, "updated", _word_instant(max((entry.updated_at for entry in feed.entries), default=NEVER)))
    _add(_add(root, "author"), "name", feed.author)
    _add(root, "generator", "veille")
    if feed.link:
        _add(root, "link", rel="alternate", type="text/html", href=feed.link)
    for entry in feed.entries:
        _add_entry(root, entry)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _add_entry(root: ElementTree.Element, entry: FeedEntry) -> None:
    element = _add(root, "entry")
    if entry.language:
        _set_language(element, entry.language)
    _add(element, "id", build_id(entry.id))
    _add(element, "title", entry.title)
    _add(element, "updated", _word_instant(entry.updated_at))
    if entry.published_at:
        _add(element, "published", _word_instant(entry.published_at))
    if entry.link:
        _add(element, "link", rel="alternate", href=entry.link)
    for author in entry.authors:
        _add(_add(element, "author"), "name", author)
    for category in entry.categories:
        _add(element, "category", term=_clean(category))
    # Without a link an entry must have a content; a summary may stand beside either.
    if entry.summary or entry.link:
        _add(element, "summary", entry.summary)
    else:
        _add(element, "content", entry.title)


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    if text:
        element.text = _clean(text)
    return element


def _set_language(element: ElementTree.Element, language: str) -> None:
    if LANGUAGE.fullmatch(language):
        element.set("{http://www.w3.org/XML/1998/namespace}lang", language)


def _clean(text: str) -> str:
    """What XML can hold, line by line."""
    return NOT_XML.sub("", "\n".join(map(clean_line, text.splitlines())))


def _word_instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
