"""Well-formed RSS 0.9x to 2.0, RDF and Atom, straight from the tree: what feedparser would say, at a tenth of its cost.

The entries have the names and the forms of feedparser's, as far as `veille.kinds.feeds` reads them, and follow its
choices between elements that say the same thing. What is not understood to the letter (markup that is not
well-formed, a DTD, content in base64, a root of another name) is feedparser's: `read_feed` gives None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urljoin

from veille.kinds.feed_markup import Element, find_markup, has_dtd, parse_markup

Part = tuple[str, int, Element]  # what an element is to an entry, how deep it stands, and itself

# Namespaces whose elements go by a prefix of their own whatever a document calls them; the formats' own have none.
FORMATS = """
    http://backend.userland.com/rss http://backend.userland.com/rss2 http://blogs.law.harvard.edu/tech/rss
    http://purl.org/rss/1.0/ http://my.netscape.com/rdf/simple/0.9/ http://purl.org/pie/ http://purl.org/atom/ns#
    http://www.w3.org/2005/atom http://purl.org/rss/1.0/modules/rss091#
"""
PREFIXES = dict.fromkeys(FORMATS.split(), "") | {
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://prismstandard.org/namespaces/1.2/basic/": "prism",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
# What an element of an entry is, by its name.
ROLE_NAMES = {
    "id": "id guid",
    "link": "link",
    "enclosure": "enclosure",
    "media_content": "media_content",
    "title": "title dc_title",
    "media_title": "media_title",
    "summary": "summary itunes_summary description dc_description media_description",
    "abstract": "abstract",
    "content": "content content_encoded fullitem",
    "body": "body xhtml_body",
    "subtitle": "subtitle tagline itunes_subtitle",
    "author": "author managingeditor dc_author dc_creator itunes_author",
    "published": "published issued pubdate dcterms_issued",
    "created": "created dcterms_created",
    "updated": "updated modified lastbuilddate date dc_date dcterms_modified",
    "language": "language dc_language",
}
OWN_NAMES = (
    "prism_publicationdate", "prism_coverdate", "prism_doi", "prism_publicationname", "dc_identifier", "citation_doi",
    "feedburner_origlink",
)  # fmt: skip
PLAIN = frozenset({"published", "created", "updated", "language", *OWN_NAMES})
ROLES = {name: role for role, names in ROLE_NAMES.items() for name in names.split()}
ROLES |= {name: name for name in OWN_NAMES}
# Elements whose inside is about something other than the entry.
APART_NAMES = """
    source image textinput contributor dc_contributor itunes_owner rights copyright dc_rights info
"""
APART = frozenset(APART_NAMES.split())
AUTHOR_NAMES = frozenset({"name", "itunes_name"})

TEXT_TYPES = frozenset({"", "text", "plain", "html", "text/plain", "text/html"})
XHTML_TYPES = frozenset({"xhtml", "application/xhtml+xml"})
LINK_TYPES = frozenset({"html", "xhtml", "text/html", "application/xhtml+xml"})
SLASHES = re.compile(r"^([A-Za-z][\w+.-]*://)/+")
ESCAPED_TWICE = re.compile(r"&(\w+);")
MAIL = re.compile(r"[\w.+-]{1,100}@(?:[A-Za-z\d-]{1,63}\.){1,8}[A-Za-z]{2,10}(?:\?subject=\S+)?")
XML = "{http://www.w3.org/XML/1998/namespace}"
PERMALINK = ("isPermaLink", "ispermalink", "isPermalink", "IsPermaLink")
RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


class _NotUnderstoodError(Exception):
    """Something that only feedparser knows how to read."""


@dataclass(frozen=True, slots=True)
class RawFeed:
    """What a feed says, before anything is cleaned."""

    is_rss: bool  # RSS or RDF, not Atom
    title: str
    language: str
    home: str  # the site that the feed is of; empty where it names none, and for Atom
    entries: list[dict[str, Any]]


def read_feed(body: bytes, headers: Mapping[str, str], url: str) -> RawFeed | None:
    """The feed in ``body``; None where this reader does not understand it all. ``url`` is the document's address.

    Entities are not expanded, nothing is fetched, and libxml2's limits on depth and size hold.
    """
    document = find_markup(body, headers)
    root = parse_markup(document, url) if document and not has_dtd(document) else None
    if root is None:
        return None
    try:
        return _Reader(has_bases=b"xml:base" in body, has_languages=b"lang=" in body).read(root)
    except (_NotUnderstoodError, RecursionError):
        return None


class _Reader:
    """One document's names, and what is looked for only where the document has it."""

    def __init__(self, *, has_bases: bool, has_languages: bool) -> None:
        self._has_bases = has_bases
        self._has_languages = has_languages
        self._names: dict[str, str] = {}
        self._roles: dict[str, tuple[str, bool]] = {}

    def read(self, root: Element) -> RawFeed:
        kind = self._name(root).rpartition("_")[2]
        if kind not in ("rss", "rdf", "feed"):
            raise _NotUnderstoodError
        entries: list[Element] = []
        told = {"title": "", "language": self._language(root), "home": ""}
        self._read_head(root, told, entries)
        if len(entries) != sum(1 for _ in root.iter("{*}item", "{*}entry")) or not (entries or len(root)):
            raise _NotUnderstoodError  # in places of their own, or in each other
        home = told["home"] if kind != "feed" else ""
        read = [self._read_entry(entry) for entry in entries]
        return RawFeed(kind != "feed", told["title"], told["language"], home, read)

    def _read_head(self, parent: Element, told: dict[str, str], entries: list[Element]) -> None:
        """Title, language and home of the feed, and where its entries are."""
        for child in parent:
            name = self._name(child)
            if name in ("item", "entry"):
                entries.append(child)
            elif name == "channel":
                self._read_head(child, told, entries)
            elif name == "title" or name == "dc_title":
                told["title"] = told["title"] or self._markup(child)
            elif name == "link" and (home := self._link(child)[1]):
                told["home"] = home
            elif name in ("language", "dc_language"):
                told["language"] = _plain(child)

    # --- an entry

    def _read_entry(self, element: Element) -> dict[str, Any]:
        parts = list(self._parts(element, 0))
        entry: dict[str, Any] = {}
        if about := element.get(RDF_ABOUT):
            entry["id"] = about
        depths: dict[str, int] = {}
        authors: list[dict[str, str]] = []
        for role, depth, part in parts:
            if role in PLAIN:
                if depth <= depths.setdefault(role, depth):
                    depths[role] = depth
                    entry[role] = _plain(part)
            elif role == "author":
                self._read_author(part, entry, authors)
            elif role == "subtitle":
                entry[role] = self._markup(part)
        if authors:
            entry["authors"] = authors
        self._read_links(parts, entry)
        self._read_title(parts, entry)
        self._read_texts(parts, entry)
        return entry

    def _parts(self, parent: Element, depth: int) -> Iterator[Part]:
        """What an entry is made of, in order: an element of another name (`media:group`) may hold parts as well."""
        for child in parent:
            role, may_hold_parts = self._roles.get(child.tag) or self._role(child)
            if role:
                yield role, depth, child
            if may_hold_parts and len(child):
                yield from self._parts(child, depth + 1)

    def _role(self, element: Element) -> tuple[str, bool]:
        """What an element of this name is to an entry (empty for nothing), and whether there may be parts in it."""
        name = self._name(element)
        role = ROLES.get(name, "")
        told = role, role == "media_content" if role else name not in APART
        self._roles[element.tag] = told
        return told

    def _read_links(self, parts: list[Part], entry: dict[str, Any]) -> None:
        """The last link for readers, else the guid where it is one; and every other link, whatever it leads to."""
        links: list[dict[str, str]] = []
        media: list[dict[str, str]] = []
        id_at = 1_000
        for role, depth, part in parts:
            if role == "link":
                href, told = self._link(part)
                if told:
                    entry["link"] = told
                else:
                    links.append({"rel": part.get("rel", "alternate").lower(), "href": href})
            elif role == "enclosure":
                links.append({"rel": "enclosure", "href": _address_of(part)})
            elif role == "media_content":
                media.append({"url": part.get("url", "")})
            elif role == "id":
                guid = _plain(part)
                if _is_permalink(part):
                    guid = self._resolved(guid, part)
                    entry.setdefault("link", guid)
                if depth <= id_at:
                    entry["id"], id_at = guid, depth
        if links:
            entry["links"] = links
        if media:
            entry["media_content"] = media

    def _link(self, element: Element) -> tuple[str, str]:
        """Where a link leads, and where it leads a reader (empty for a link to the feed itself, a file, comments)."""
        if href := _address_of(element):
            href = self._resolved(href, element)
            is_page = element.get("type", "text/html").lower() in LINK_TYPES
            return href, href if is_page and element.get("rel", "alternate").lower() == "alternate" else ""
        text = self._resolved(_plain(element), element)
        if "&" in text and ";" in text:
            text = ESCAPED_TWICE.sub(r"&\1", text.replace("&amp;", "&"))
        return text, text

    def _resolved(self, address: str, element: Element) -> str:
        if "///" in address:
            address = SLASHES.sub(r"\1", address)
        if not self._has_bases:
            return address
        try:
            return urljoin(element.base or "", address) if address else ""
        except ValueError:
            return ""

    def _read_title(self, parts: list[Part], entry: dict[str, Any]) -> None:
        """The first title that says something, the outermost; a title of its media counts until there is one."""
        found_at = stored_at = 1_000
        for role, depth, part in parts:
            if role not in ("title", "media_title") or depth >= found_at or depth > stored_at:
                continue
            title = self._markup(part)
            entry["title"], stored_at = title, depth
            entry.pop("title_detail", None)
            if language := self._language(part):
                entry["title_detail"] = {"language": language}
            if role == "title" and title:
                found_at = depth

    def _read_texts(self, parts: list[Part], entry: dict[str, Any]) -> None:
        """The summary and the contents. A second description is content; one that follows contents is the summary."""
        summary: str | None = None
        summary_at = 1_000
        contents: list[dict[str, str]] = []
        has_content = False
        for role, depth, part in parts:
            if role == "content" or (role == "summary" and summary is not None and not has_content):
                has_content = True
            elif role not in ("summary", "abstract", "body"):
                continue
            elif role != "body":
                if depth <= summary_at:
                    summary, summary_at = self._markup(part), depth
                continue
            text = self._markup(part)
            contents.append({"value": text})
            summary = text if summary is None else summary
        if summary:
            entry["summary"] = summary
        if contents:
            entry["content"] = contents

    def _read_author(self, element: Element, entry: dict[str, Any], authors: list[dict[str, str]]) -> None:
        """A name in an element of its own, or a line like `ann@e.org (Ann)`; ``author`` is what there is at worst."""
        names = [_plain(child) for child in element if self._name(child) in AUTHOR_NAMES]
        mails = [_plain(child) for child in element if self._name(child) == "email"]
        line = _plain(element)
        if names or mails:
            author = {"name": names[-1]} if names else {}
            entry["author"] = (names or mails)[-1]
        else:
            author = {"name": _without_mail(line)} if line else {}
            entry["author"] = line
        authors.append(author)

    # --- elements

    def _name(self, element: Element) -> str:
        """`dc_creator`, `title`: in lower case, with the usual prefix of its namespace."""
        name = self._names.get(element.tag)
        if name is None:
            space, _, local = element.tag.rpartition("}")
            prefix = PREFIXES.get(space[1:].lower(), element.prefix or "")
            name = f"{prefix}_{local}" if prefix else local.replace(":", "_")
            name = self._names[element.tag] = name.lower()
        return name

    def _language(self, element: Element) -> str:
        if not self._has_languages:
            return ""
        for one in (element, *element.iterancestors()):
            language = one.get(f"{XML}lang", one.get("lang"))
            if language is not None:
                return str(language).replace("_", "-")
        return ""

    def _markup(self, element: Element) -> str:
        """A text that may hold markup, escaped or not: as markup."""
        kind = element.get("type", "").lower()
        if element.get("mode") == "base64" or not (kind in TEXT_TYPES or kind in XHTML_TYPES or kind[:5] == "text/"):
            raise _NotUnderstoodError
        if len(element):
            return "".join(_inside(element)).strip()
        text = element.text or ""
        return (escape(text, quote=False) if kind in XHTML_TYPES else text).strip()


def _inside(element: Element) -> Iterator[str]:
    """The markup in an element, which is read for its text: of the attributes, what a picture shows and a link leads
    to."""
    yield escape(element.text or "", quote=False)
    for child in element:
        name = child.tag.rpartition("}")[2]
        told = "".join(f' {key}="{escape(value)}"' for key in ("alt", "href") if (value := child.get(key)))
        yield f"<{name}{told}>"
        yield from _inside(child)
        yield f"</{name}>{escape(child.tail or '', quote=False)}"


def _plain(element: Element) -> str:
    """The text of an element itself, without that of elements in it."""
    text = element.text or ""
    return (text + "".join(child.tail or "" for child in element) if len(element) else text).strip()


def _is_permalink(guid: Element) -> bool:
    for name in PERMALINK:
        if said := guid.get(name):
            return bool(said == "true")
    return True


def _address_of(element: Element) -> str:
    return str(element.get("url") or element.get("uri") or element.get("href") or "")


def _without_mail(line: str) -> str:
    mail = MAIL.search(line) if "@" in line else None
    if not mail:
        return line
    rest = line.replace(mail[0], "").replace("()", "").replace("<>", "").replace("&lt;&gt;", "").strip()
    return rest.removeprefix("(").removesuffix(")").strip()
