"""What is in a feed: its entries, by the reader that understands it, as items."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from html.entities import name2codepoint
from io import BytesIO
from typing import Any

from veille.config import Source
from veille.items.dates import parse_date
from veille.items.entries import UnusableEntryError, build_item
from veille.items.identifiers import find_identifiers
from veille.items.markup import drop_nested
from veille.items.text import clean_text
from veille.kinds import UnreadableError
from veille.kinds.feed_xml import RawFeed, read_feed
from veille.values import Item, Page, Paper, Rejected

RAW_LIMIT = 200_000  # characters of one field; a longer one is a whole book in a feed

# Bytes that XML 1.0 forbids and exports let through; one of them makes the parser start over, slowly.
FORBIDDEN = bytes(set(range(32)) - {9, 10, 13}) + b"\x7f"
HUGE_REFERENCE = re.compile(rb"&#(?:\d{7,}|[xX][0-9a-fA-F]{6,});?|&#(?:[xX][dD][89a-fA-F][0-9a-fA-F]{2}|5[5-7]\d{3});")
ODD_DECLARATION = re.compile(rb"<!(?!--|\[CDATA\[|DOCTYPE)[^>]*>", re.IGNORECASE)
LONG_TAG = re.compile(rb"<([A-Za-z][\w:.-]*)\s[^<>]{50000,}>")  # attributes that would cost minutes
AMPERSAND = re.compile(rb"&(#?[A-Za-z0-9]+(?=;)|);?")
XML_NAMES = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
HTML_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
LAST_ENTRY = {b"rss": b"</item>", b"feed": b"</entry>", b"RDF": b"</item>"}
SAYS = re.compile(r">(?:&#?\w+;|[^<\w&])*+\w")  # some text behind a tag, or behind a `>` before it all
# The first of these that an entry has is its date: an edit does not make it younger.
DATES = ("published", "created", "prism_publicationdate", "prism_coverdate", "updated")
CITATION = {"prism_doi", "prism_publicationname", "dc_identifier", "citation_doi"}
ARXIV_PREAMBLE = re.compile(r"^\s*arXiv:\S+ +Announce Type: \S+\s+(?:Abstract: )?")
PREPRINT_DOIS = ("10.1101/", "10.48550/", "10.31234/", "10.31219/", "10.35542/", "10.20944/", "10.21203/", "10.2139/")
ROOT = re.compile(rb"<(?:([A-Za-z]+):)?(rss|feed|RDF)[\s>]")


def read_page(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The items of a feed, in its order; an entry met twice counts once. Raises `UnreadableError`."""
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"{", b"[")):
        entries = _read_json(body, url)
    elif not start:
        raise UnreadableError("the answer is empty; check the address in a browser, or disable the source")
    elif start.startswith((b"<!doctype html", b"<html")) and not ROOT.search(body[:20_000]):
        raise UnreadableError(_looks_like(body, headers))
    else:
        entries = _read_xml(body, headers, url)
    return _build_page(source, entries, url, now)


def _build_page(source: Source, entries: Iterable[dict[str, Any]], url: str, now: datetime) -> Page:
    items: dict[str, Item] = {}
    rejected: list[Rejected] = []
    for position, entry in enumerate(_with_telling_guids(entries), start=1):
        try:
            item = _build_entry(source, entry, now)
        except UnusableEntryError as error:
            where = entry["guid"] or entry["title"][:100] or f"entry {position} of {url}"
            rejected.append(Rejected(where, str(error)))
        else:
            items.setdefault(item.guid, item)
    return Page(tuple(items.values()), tuple(rejected))


def _with_telling_guids(entries: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The entries; without their guid where all have the same, which names none of them."""
    coming = iter(entries)
    first: list[dict[str, Any]] = []
    for entry in coming:
        first.append(entry)
        if entry["guid"] != first[0]["guid"]:
            break
    telling = len(first) < 2 or first[0]["guid"] != first[-1]["guid"]
    yield from first if telling else ({**entry, "guid": None} for entry in first)
    yield from coming


def _build_entry(source: Source, entry: Mapping[str, Any], now: datetime) -> Item:
    fields = {**entry, **_research_fields(source, entry, now)}
    del fields["citation"]
    return build_item(source, now=now, **fields)


# --- XML


def _read_xml(body: bytes, headers: Mapping[str, str], url: str) -> Iterator[dict[str, Any]]:
    mended = body
    feed = read_feed(body, headers, url)
    if feed is None:
        mended = _mend(body)
        feed = read_feed(mended, headers, url) if mended != body else None
    feed = feed or _read_leniently(drop_nested(LONG_TAG.sub(rb"<\1>", mended)), headers, url)
    declared = feed.language or headers.get("content-language", "")
    if feed.is_rss and feed.home.startswith(("http://", "https://")):
        url = feed.home  # RSS names no base; many feeds are served from another host than their site
    entries = feed.entries[::-1]
    feed.entries.clear()  # each is let go once it is read: there may be 100,000
    return (_entry_fields(entries.pop(), feed.title, declared, url) for _ in range(len(entries)))


def _read_leniently(body: bytes, headers: Mapping[str, str], url: str) -> RawFeed:
    """By feedparser, which makes something of anything. Raises `UnreadableError` where that is nothing."""
    feed = _parse_xml(body, headers, url)
    if not feed.entries and not feed.version:
        raise UnreadableError(_looks_like(body, headers))
    title, language, home = (str(feed.feed.get(name) or "") for name in ("title", "language", "link"))
    entries = [dict(entry) for entry in feed.entries]  # its own lookups are slow
    return RawFeed(feed.version.startswith("rss"), title, language, home, entries)


def _parse_xml(body: bytes, headers: Mapping[str, str], url: str) -> Any:
    """feedparser's result. Its sanitising and its resolving of links in texts are off: they are most of its time."""
    import feedparser

    given = {"content-type": headers.get("content-type", "")}
    if b"xml:base" in body:  # else `build_item` makes links absolute, in a third of the time
        given["content-location"] = url
    for attempt in (body, HUGE_REFERENCE.sub(b"", ODD_DECLARATION.sub(b"", body))):
        try:
            # Only ever a stream: a text that looks like an address would be fetched.
            return feedparser.parse(
                BytesIO(attempt), response_headers=given, sanitize_html=False, resolve_relative_uris=False
            )
        except (ValueError, OverflowError, AssertionError, TypeError, RecursionError, KeyError, IndexError) as error:
            problem = error
    raise UnreadableError(
        f"the feed is broken beyond repair ({type(problem).__name__}: {problem}); "
        "tell its publisher, or disable the source"
    )


def _mend(body: bytes) -> bytes:
    """The document without what keeps a fast parser from reading it, and without a half entry at its end."""
    if body[:4].find(b"\0") >= 0 or body[:2] in (b"\xff\xfe", b"\xfe\xff"):  # UTF-16 and 32: bytes are not characters
        return body
    body = body.translate(None, FORBIDDEN).strip()
    declaration = body.find(b"<?xml", 0, 5_000)
    if declaration > 0 and b"<rss" not in body[:declaration]:  # a warning of the server's software before the document
        body = body[declaration:]
    root = ROOT.search(body[:20_000])
    if root is None:
        return body
    if b"<!ENTITY" not in body:
        body = _mend_ampersands(body)
    prefix, name = root.groups()
    closing = b"</" + (prefix + b":" if prefix else b"") + name
    if body.rfind(closing, -2_000 if len(body) > 2_000 else 0) >= 0:
        return body
    end = body.rfind(LAST_ENTRY[name])
    if end < 0:
        return body
    inner = b"</channel>" if name == b"rss" else b""
    return body[: end + len(LAST_ENTRY[name])] + inner + closing + b">"


def _mend_ampersands(body: bytes) -> bytes:
    """The body with an escape for each ampersand outside of CDATA that XML does not know; one makes the parser
    start over, more slowly, and misread it."""
    head, *sections = body.split(b"<![CDATA[")
    mended = [AMPERSAND.sub(_mend_ampersand, head)]
    for section in sections:
        inside, end, outside = section.partition(b"]]>")
        mended.append(inside + end + (AMPERSAND.sub(_mend_ampersand, outside) if b"&" in outside else outside))
    return b"<![CDATA[".join(mended)


def _mend_ampersand(match: re.Match[bytes]) -> bytes:
    name = match[1]
    if name in XML_NAMES or name.startswith(b"#"):
        return match[0]
    code = name2codepoint.get(name.decode("ascii"))
    return b"&#%d;" % code if code else b"&amp;" + match[0][1:]


def _entry_fields(entry: Mapping[str, Any], feed_title: str, declared: str, url: str) -> dict[str, Any]:
    """What `build_item` takes, out of feedparser's entry; ``citation`` is what only a research source uses."""
    title = entry.get("title_detail") or {}
    return {
        "guid": entry.get("id") or None,
        "url": entry.get("feedburner_origlink") or entry.get("link") or _other_link(entry),
        "title": entry.get("title") or "",
        "summary": _summary(entry),
        "base": url,
        "authors": _authors(entry),
        "published": next((entry[name] for name in DATES if entry.get(name)), None),
        "language": entry.get("language") or title.get("language") or declared or None,
        "citation": {name: str(entry[name]) for name in CITATION & entry.keys()} | {"feed_title": feed_title},
    }


def _other_link(entry: Mapping[str, Any]) -> str | None:
    """The first link of an entry that has none for readers: its media file, else whatever it names."""
    links = sorted(entry.get("links") or (), key=lambda link: link.get("rel") != "enclosure")
    links += entry.get("media_content") or ()
    return next((href for link in links if (href := link.get("href") or link.get("url"))), None)


def _summary(entry: Mapping[str, Any]) -> str:
    """The first text that says something: the summary, else the content; any markup where there is no title either."""
    texts = [entry.get("summary"), *(content.get("value") for content in entry.get("content") or ())]
    for text in texts:
        if text and SAYS.search(f">{text[:5_000]}"):
            return str(text)[:RAW_LIMIT]
    wordless = "" if entry.get("title") else next((text for text in texts if text), "")
    return str(entry.get("subtitle") or wordless)[:RAW_LIMIT]


def _authors(entry: Mapping[str, Any]) -> list[str]:
    named = [author.get("name") for author in entry.get("authors") or ()]
    return [name for name in named if name] or [entry.get("author") or ""]


# --- JSON Feed


def _read_json(body: bytes, url: str) -> Iterator[dict[str, Any]]:
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"it begins like JSON but is not ({error}); check the address in a browser") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not (items or "jsonfeed.org" in str(feed.get("version"))):
        raise UnreadableError("a JSON document that is not a JSON Feed (no list of items); look for the site's feed")
    title = _text_of(feed, "title")
    return (_json_fields(item, _text_of(feed, "language"), title, url) for item in items if isinstance(item, dict))


def _json_fields(item: Mapping[str, Any], language: str, feed_title: str, url: str) -> dict[str, Any]:
    authors = item.get("authors") or [item.get("author")]
    files = item.get("attachments") or ()
    file_links = [_text_of(file, "url") for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return {
        "guid": _text_of(item, "id") or None,
        "url": _text_of(item, "url") or _text_of(item, "external_url") or next(iter(file_links), None),
        "title": _text_of(item, "title"),
        "summary": (
            _text_of(item, "summary") or _text_of(item, "content_html") or escape(_text_of(item, "content_text"))
        )[:RAW_LIMIT],
        "base": url,
        "authors": [_text_of(author, "name") for author in authors if isinstance(author, dict)]
        if isinstance(authors, list)
        else [],
        "published": _text_of(item, "date_published") or _text_of(item, "date_modified") or None,
        "language": _text_of(item, "language") or language or None,
        "citation": {"feed_title": feed_title},
    }


def _text_of(values: Mapping[str, Any], name: str) -> str:
    """A field that should be a string and need not be."""
    value = values.get(name)
    return str(value) if isinstance(value, (str, int, float)) else ""


# --- research


def _research_fields(source: Source, entry: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A source of research yields papers, as far as an entry is one: it has an identifier or is cited by a journal."""
    citation: Mapping[str, str] = entry["citation"]
    stated = citation.get("prism_doi") or citation.get("citation_doi") or citation.get("dc_identifier") or ""
    given = {"doi": stated} if "10." in stated else {}
    if source.section != "research":
        return {"identifiers": given}
    addresses = (entry["url"] or "", entry["guid"] or "")
    found = find_identifiers(addresses, given, clean_text(entry["summary"][:3_000], 1_000), research=True)
    venue = citation.get("prism_publicationname")
    if not found and not venue:
        return {"identifiers": given}
    published = parse_date(entry["published"], now) if entry["published"] else None
    is_preprint = "arxiv" in found or found.get("doi", "").startswith(PREPRINT_DOIS)
    paper = Paper(
        venue=clean_text(venue or citation["feed_title"], 300) or None,
        year=published.year if published else None,
        type="preprint" if is_preprint else "journal-article" if venue else None,
        is_preprint=True if is_preprint else None,
    )
    authors = entry["authors"]
    if "arxiv" in found and len(authors) == 1:  # arXiv names them all in one field
        authors = authors[0].split(", ")
    summary = ARXIV_PREAMBLE.sub("", entry["summary"])
    return {"identifiers": found, "kind": "paper", "details": paper, "authors": authors, "summary": summary}


# --- what it is instead


def _looks_like(body: bytes, headers: Mapping[str, str]) -> str:
    """One sentence for the operator: what the answer looks like, and what to do."""
    start = body[:20_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    lowered = start[:5_000].lower()
    if b"<html" in lowered or b"<!doctype html" in lowered or b"<head" in lowered:
        title = HTML_TITLE.search(start)
        name = clean_text(title[1].decode("utf-8", "replace"), 120) if title else ""
        page = f'an HTML page titled "{name}"' if name else "an HTML page without a title"
        feed = (
            "it names a feed of its own" if b"application/rss+xml" in start or b"application/atom+xml" in start else ""
        )
        return (
            f"{page} instead of a feed; {feed + ': ' if feed else ''}look for the site's feed with `veille sources add`"
        )
    if start.startswith(b"%PDF"):
        return "a PDF document instead of a feed; check the address in a browser"
    if start.startswith(b"<"):
        root = re.search(rb"<([A-Za-z][\w:.-]*)", start)
        return f"an XML document <{root[1].decode() if root else '?'}> that is no feed; check the address in a browser"
    kind = headers.get("content-type", "").partition(";")[0] or "data of no known kind"
    words = clean_text(start[:300].decode("utf-8", "replace"), 60)
    return f'{kind} that begins with "{words}" instead of a feed; check the address in a browser'
