"""A web page: what it says for machines (schema.org in JSON-LD, microdata or RDFa), else what CSS selectors find in it,
and its text when that is to be watched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from veille.config import PageOptions, Source
from veille.config.selectors import DEADLINES, EVENT_FIELDS, split_selector
from veille.items.address import canonical_url
from veille.items.entries import SUMMARY_LIMIT, UnusableEntryError, build_item
from veille.items.markup import Thing, find_meta, find_page_title, find_things, open_page, read_text, types_of
from veille.items.occasions import build_event_item, find_days
from veille.items.records import find_link, find_text, find_title, read_record, text_of
from veille.items.text import clean_text, shorten
from veille.kinds import Ask, UnreadableError
from veille.kinds.events import free_guid
from veille.values import Bookmark, Course, Item, Page, Rejected, Request, short_hash
from veille.watching import remembered_lines

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

NO_EVENTS = frozenset({"PublicationEvent", "BroadcastEvent", "OnDemandEvent", "DeliveryEvent"})
EVENT_TYPES = frozenset({"Hackathon", "Festival", "CourseInstance"})
CLOSED_TYPES = frozenset({"BreadcrumbList", "SiteNavigationElement", "WPFooter", "WPHeader"})  # their lists are menus
DATES = ("article:published_time", "datePublished", "dc.date", "dcterms.date", "date")

LONG_NAME = 60
RECORD_KEYS = {"starts": "startdate", "ends": "enddate", **{name: f"{name} deadline" for name in DEADLINES}}


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:  # noqa: ARG001
    """One: the page, where it moved to if it did."""
    return (Request(bookmark.url or source.url),)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The events and articles that a page tells, in its order; with `watch`, also one item for its text as it is.

    Where selectors or `watch` are given, what the page says for machines of itself (that it is an article) does not
    count. Raises `UnreadableError`.
    """
    options = PageOptions.model_validate(source.options)
    _refuse_other_documents(body)
    declared = re.search(r"charset=[\"']?([\w-]+)", headers.get("content-type", ""))
    page = open_page(body, declared[1] if declared else None)
    reader = _Reader(source, page, _base(page, url), url, now)
    reader.read_things(of_itself=not (options.selectors or options.watch))
    if not reader.items and options.selectors:
        reader.read_selected(options.selectors)
    text = read_text(page) if options.watch else None
    if text is not None:
        reader.add(reader.watched, text)  # the last one
    if not reader.items and not reader.rejected and not (options.selectors or options.watch):
        raise UnreadableError(
            f"the page titled {find_page_title(page)[:80]!r} says nothing of events or articles for machines; "
            "give `selectors` in the source's options, or `watch: true` to be told when its text changes"
        )
    watched = None if text is None else remembered_lines(text)
    return Page(tuple(reader.items.values()), tuple(reader.rejected), text=watched)


def _refuse_other_documents(body: bytes) -> None:
    start = body[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, what, kind in (
        (b"%PDF", "a PDF document", ""),
        (b"BEGIN:VCALENDAR", "a calendar", "ical"),
        (b"<rss", "a feed", "rss"),
        (b"<feed", "a feed", "rss"),
        (b"{", "JSON", "events"),
        (b"[", "JSON", "events"),
    ):
        if start.startswith(mark) or (start.startswith(b"<?xml") and mark in start and b"<html" not in start):
            raise UnreadableError(f"{what}, not a web page" + (f"; use the kind `{kind}`" if kind else ""))
    if not start:
        raise UnreadableError("the answer is empty; check the address in a browser, or disable the source")


def _base(page: BeautifulSoup, url: str) -> str:
    from urllib.parse import urljoin

    href = page.base.get("href") if page.base else None
    try:
        return urljoin(url, href) if isinstance(href, str) else url
    except ValueError:
        return url


@dataclass
class _Reader:
    """A page being read: items by guid, in order, and what was rejected."""

    source: Source
    page: BeautifulSoup
    base: str
    url: str
    now: datetime

    def __post_init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.rejected: list[Rejected] = []

    def add(self, build: Any, *given: Any) -> None:
        try:
            item = build(*given)
        except UnusableEntryError as error:
            where = next((find_title(read_record(one)) for one in given if isinstance(one, Mapping)), "")
            self.rejected.append(Rejected(where[:100] or f"entry {len(self.items) + 1} of {self.url}", str(error)))
        else:
            self.items.setdefault(item.guid, item)

    # --- for machines

    def read_things(self, of_itself: bool) -> None:
        articles: list[Mapping[str, Any]] = []
        links: list[Mapping[str, Any]] = []
        titles: set[str] = set()
        for told in _told_things(find_things(self.page)):
            kind, thing = _kind_of(told), read_record(told)
            if kind == "event":
                self.add(self.event, thing)
            elif kind == "link":
                links.append(thing)
            elif (of_itself or not self._is_of_itself(thing)) and find_title(thing) not in titles:
                titles.add(find_title(thing))  # once, even where two vocabularies tell it
                articles.append(thing)
        for entry in articles or ([] if self.items else links):
            self.add(self.article, entry)

    def _is_of_itself(self, thing: Mapping[str, Any]) -> bool:
        link = find_link(read_record(thing))
        try:
            return not link or canonical_url(link) == canonical_url(self.url)
        except ValueError:
            return True

    def event(self, thing: Mapping[str, Any]) -> Item:
        record = read_record(thing)
        if not find_title(record):
            raise UnusableEntryError("the event has no name")
        if self.source.section == "moocs" and "CourseInstance" in types_of(thing):
            return self.course(thing)
        # What is called by a short name has the language of its page, unless that is English, which software declares.
        if not find_text(record, "language") and not self.declared_language.lower().startswith("en"):
            record["language"] = self.declared_language
        guid = free_guid(record, self.items, self.now)
        return build_event_item(self.source, record, guid=guid, base=self.base, now=self.now, url=self.url)

    def course(self, thing: Mapping[str, Any]) -> Item:
        record = read_record(thing)
        starts_on, ends_on = find_days(record, self.now)
        provider = text_of(record.get("provider")) or text_of(record.get("organizer"))
        return build_item(
            self.source,
            guid=free_guid(record, self.items, self.now),
            url=find_link(record) or self.url,
            title=find_title(record),
            summary=find_text(record, "summary"),
            base=self.base,
            now=self.now,
            language=find_text(record, "language")[:5] or None,
            kind="course",
            details=Course(provider=clean_text(provider, 200) or None, starts_on=starts_on, ends_on=ends_on),
        )

    def article(self, thing: Mapping[str, Any]) -> Item:
        record = read_record(thing)
        itself = self._is_of_itself(thing)
        authors = record.get("author", record.get("authors"))
        published = find_text(record, "published") or text_of(record.get("date"))
        return build_item(
            self.source,
            guid=None,
            url=find_link(record) or self.url,
            title=find_title(record) or (find_page_title(self.page) if itself else ""),
            summary=find_text(record, "summary") or (find_meta(self.page, "description") if itself else ""),
            base=self.base,
            now=self.now,
            authors=_find_names(authors if isinstance(authors, list) else [authors]),
            published=published or (find_meta(self.page, *DATES) if itself else "") or None,
            language=(find_text(record, "language") or self.declared_language)[:5] or None,
        )

    @property
    def declared_language(self) -> str:
        html = self.page.find("html")
        return str(html.get("lang") or "") if html is not None else ""

    # --- for readers

    def read_selected(self, selectors: Mapping[str, str]) -> None:
        entries = self.page.select(selectors["item"]) if "item" in selectors else [self.page]
        dated = any(name in EVENT_FIELDS for name in selectors)
        is_event = dated or (self.source.section == "events" and "date" in selectors)
        for entry in entries:
            found = {name: _select(entry, selector) for name, selector in selectors.items() if name != "item"}
            record = {RECORD_KEYS.get(name, name): value for name, value in found.items()}
            record["title"] = record.get("title") or _headline(entry)
            if "url" not in selectors:
                record["url"] = _first_link(entry)
            self.add(self.event if is_event else self.article, {key: value for key, value in record.items() if value})

    def watched(self, lines: Sequence[str]) -> Item:
        """The page as it reads now: its guid changes with its text, and with nothing else."""
        return build_item(
            self.source,
            guid=f"{self.url} {short_hash(*lines)}",
            url=self.url,
            title=find_page_title(self.page) or self.url,
            summary=shorten("\n".join(lines), SUMMARY_LIMIT).replace("&", "&amp;").replace("<", "&lt;"),
            base=self.base,
            now=self.now,
            language=self.declared_language[:5] or None,
        )


def _told_things(things: Sequence[Thing]) -> Iterator[Thing]:
    """Events, articles and list entries among these and within them, in order; not what is within one of them."""
    waiting: list[Any] = list(reversed(things))
    for _ in range(20_000):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, dict):
            runs = value.get("hasCourseInstance")
            if runs:  # a run says what it has of its own, its course the rest
                shared = {key: value[key] for key in value if key not in ("hasCourseInstance", "@id", "offers")}
                runs = runs if isinstance(runs, list) else [runs]
                waiting += [{**shared, **run} for run in reversed(runs) if isinstance(run, dict)]
            elif _kind_of(value):
                yield value
            elif not CLOSED_TYPES.intersection(types_of(value)):
                waiting += [inner for inner in reversed(list(value.values())) if isinstance(inner, dict | list)]


def _kind_of(thing: Mapping[str, Any]) -> str | None:
    for name in types_of(thing):
        if (name.endswith("Event") and name not in NO_EVENTS) or name in EVENT_TYPES:
            return "event"
        if name.endswith(("Article", "Posting")) and name != "JobPosting":
            return "article"
        if name == "ListItem" and not isinstance(thing.get("item"), dict) and thing.get("name") and thing.get("url"):
            return "link"
    return None


def _select(entry: Tag, selector: str) -> str | list[str]:
    """What a selector finds in an entry: texts, or the values of an attribute."""
    css, attribute = split_selector(selector)
    found = entry.select(css) if css else [entry]
    values = [str(tag.get(attribute) or "") if attribute else _machine_text(tag) for tag in found]
    values = [value.strip() for value in values if value.strip()]
    return values[0] if len(values) == 1 else values


def _machine_text(tag: Tag) -> str:
    text = tag.get_text(" ", strip=True)
    if tag.name == "time" and isinstance(tag.get("datetime"), str):
        return str(tag["datetime"])
    return text


def _headline(entry: Tag) -> str:
    tag = entry.find(["h1", "h2", "h3", "h4", "h5", "h6"]) or entry.find("a") or entry
    return tag.get_text(" ", strip=True)[:500]


def _first_link(entry: Tag) -> str:
    link = entry if entry.name == "a" else entry.find("a", href=True)
    return str(link.get("href") or "") if link is not None else ""


def _find_names(authors: Sequence[object]) -> list[str]:
    """Names of persons; what begins with one of them and goes on is the block that it stands in."""
    names = [name for one in authors if not (name := text_of(one)).startswith(("http://", "https://"))]
    return [name for name in names if len(name) < LONG_NAME or not any(name.startswith(f"{one} ") for one in names)]
