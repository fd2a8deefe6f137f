"""What a web address could be as a source: from an answer's own content, from what a page names, and by custom."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from veille.config import SourceKind
from veille.items.address import absolute_url
from veille.items.text import clean_text

START_BYTES = 20_000
PAGE_CHARACTERS = 2_000_000
MOST_CANDIDATES = 40

FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/calendar"}
)
VAGUE_TYPES = frozenset({"application/xml", "text/xml", "application/json"})
FEED_HREF = re.compile(
    r"/(?:feed|rss|atom|flux|backend)s?(?:$|[?.]|/[^?#]{0,40}$)|[./](?:rss|atom|rdf)(?:\.xml|\.php|\.aspx)?(?:\?|$)"
    r"|(?:feed|rss|index|backend)\.(?:xml|json)|[?&](?:page=backend|feed=rss|format=(?:rss|atom|feed))",
    re.IGNORECASE,
)
COMMENTS = re.compile(r"comment|reply|replies|oembed|wp-json|xmlrpc|opensearch|sitemap|manifest", re.IGNORECASE)
EVENT_TYPE = re.compile(r'"@type"\s*:\s*(?:\[\s*)?"[A-Za-z]*Event(?:Series)?"|itemtype="https?://schema\.org/\w*Event')
COMMON_PATHS = (
    "feed/", "feed", "rss.xml", "feed.xml", "rss", "index.xml", "atom.xml", "spip.php?page=backend", "feed.json",
    "feeds/posts/default", "rss/", "blog/feed/", "actualites/feed/", "news/rss.xml", "fr/rss.xml", "en/rss.xml",
)  # fmt: skip

COURSE_KEYS = frozenset(
    {"course_runs", "courseruns", "blocks_url", "course_id", "runs", "organization_highlighted", "courses"}
)
XML_ROOTS: Mapping[str, SourceKind] = {"rss": "rss", "feed": "rss", "RDF": "rss", "OAI-PMH": "oai"}
ROOT = re.compile(rb"<(?:([A-Za-z]+):)?([A-Za-z][\w.-]*)[\s/>]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source that may be there. ``stated``: the page itself says so; else it is only usual."""

    kind: SourceKind
    url: str
    stated: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)


def detect_kind(body: bytes, headers: Mapping[str, str]) -> SourceKind | None:
    """The kind that reads this answer, by its content; None for a page or anything else."""
    start = body[:START_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if start[:15].upper() == b"BEGIN:VCALENDAR":
        return "ical"
    if start.startswith((b"{", b"[")):
        return _kind_of_json(body)
    if start.startswith(b"<"):
        for prefix, name in ROOT.findall(re.sub(rb"<!--.*?-->", b"", start, flags=re.DOTALL)):
            del prefix
            return XML_ROOTS.get(name.decode("ascii"))
    # YAML has no beginning of its own: a list of records with an end of a call for papers.
    is_list = "yaml" in headers.get("content-type", "") or start.startswith(b"- ")
    return "events" if is_list and re.search(rb"(?m)^\s+(?:deadline|deadlines|cfp\w*):", start) else None


def _kind_of_json(body: bytes) -> SourceKind | None:
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    if isinstance(document, dict):
        if "jsonfeed.org" in str(document.get("version")):
            return "rss"
        rows = next((document[name] for name in ("results", "objects", "courses") if name in document), None)
    else:
        rows = document
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    if COURSE_KEYS & first.keys():
        return "courses"
    return "events" if {"startDate", "cfpEndDate", "deadline", "deadlines"} & first.keys() else None


def find_candidates(body: bytes, headers: Mapping[str, str], url: str) -> list[Candidate]:
    """What may be read as a source at and around this address, the likeliest first, each address once.

    ``url`` is the address that the answer came from, redirects followed.
    """
    kind = detect_kind(body, headers)
    found = [Candidate(kind, _base_of_oai(url) if kind == "oai" else url)] if kind else []
    found += _of_known_sites(url)
    if kind is None and _may_be_page(body):
        found += _of_page(_decode(body, headers), url)
        found += [
            Candidate("rss", urljoin(base, path), stated=False) for path in COMMON_PATHS[:8] for base in _folders(url)
        ]
        found += [Candidate("rss", urljoin(url, "/" + path), stated=False) for path in COMMON_PATHS[8:]]
        found.append(Candidate("oai", urljoin(url, "/oai"), stated=False))
    unique: dict[tuple[str, str], Candidate] = {}
    for candidate in found:
        unique.setdefault((candidate.kind, candidate.url), candidate)
    return list(unique.values())[:MOST_CANDIDATES]


def _may_be_page(body: bytes) -> bool:
    start = body[:START_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return not start or start.startswith(b"<") or b"<html" in start


def _folders(url: str) -> list[str]:
    """The folder that the address stands for, then the site."""
    path = urlsplit(url).path
    last = path.rpartition("/")[2]
    folder = url.partition("?")[0] if not last or "." in last else url.partition("?")[0] + "/"
    return list(dict.fromkeys([urljoin(folder, "."), urljoin(url, "/")]))


def _base_of_oai(url: str) -> str:
    return url.partition("?")[0]


def _decode(body: bytes, headers: Mapping[str, str]) -> str:
    named = re.search(rb"charset=[\"']?([\w-]+)", headers.get("content-type", "").encode() + body[:2_000])
    try:
        return body.decode(named[1].decode() if named else "utf-8", "replace")[:PAGE_CHARACTERS]
    except LookupError:
        return body.decode("utf-8", "replace")[:PAGE_CHARACTERS]


# --- sites that everybody knows


def _of_known_sites(url: str) -> Iterator[Candidate]:
    parts = urlsplit(url)
    host, path = (parts.hostname or "").removeprefix("www."), parts.path
    site = f"{parts.scheme}://{parts.netloc}"
    names = [name for name in path.split("/") if name]
    query = parse_qs(parts.query)
    if host.endswith("youtube.com"):
        yield from _of_youtube(names, query)
    elif host.endswith("arxiv.org") and len(names) > 1 and names[0] in ("list", "archive"):
        yield Candidate("rss", f"https://rss.arxiv.org/rss/{names[1]}")
    elif host == "medium.com" and names:
        yield Candidate("rss", f"https://medium.com/feed/{names[0]}")
    elif host.endswith((".medium.com", ".substack.com")):
        yield Candidate("rss", f"{site}/feed")
    elif host == "github.com" and len(names) > 1:
        yield Candidate("rss", f"{site}/{names[0]}/{names[1]}/releases.atom")
    elif host.endswith(("hal.science", "archives-ouvertes.fr")) and not host.startswith("api."):
        yield from _of_hal(host, names)
    if (names and names[0] == "index.php" and len(names) > 1) or "/index.php/" in path:
        yield from _of_ojs(site, path)
    if "/catalogue" in path or host.endswith("fun-mooc.fr"):
        yield Candidate("courses", f"{site}/api/v1.0/courses/", stated=host.endswith("fun-mooc.fr"))


def _of_youtube(names: Sequence[str], query: Mapping[str, Sequence[str]]) -> Iterator[Candidate]:
    feed = "https://www.youtube.com/feeds/videos.xml"
    if len(names) > 1 and names[0] == "channel":
        yield Candidate("rss", f"{feed}?channel_id={quote(names[1])}")
    if len(names) > 1 and names[0] == "user":
        yield Candidate("rss", f"{feed}?user={quote(names[1])}")
    if playlist := query.get("list"):
        yield Candidate("rss", f"{feed}?playlist_id={quote(playlist[0])}")


def _of_hal(host: str, names: Sequence[str]) -> Iterator[Candidate]:
    """A collection (`hal.science/LIUM`) or a portal (`edutice.hal.science`), through HAL's search API."""
    if names and re.fullmatch(r"[A-Z0-9][A-Z0-9_-]+", names[0]):
        place = names[0]
    else:
        place = host.partition(".")[0] if host not in ("hal.science", "hal.archives-ouvertes.fr") else ""
    if place:
        yield Candidate("hal", f"https://api.archives-ouvertes.fr/search/{place}/", options={"query": "*:*"})


def _of_ojs(site: str, path: str) -> Iterator[Candidate]:
    """A journal of Open Journal Systems: the feed of its current issue, and its OAI-PMH."""
    before, _, after = path.partition("/index.php/")
    journal = after.split("/")[0]
    if journal:
        base = f"{site}{before}/index.php/{journal}"
        yield Candidate("rss", f"{base}/gateway/plugin/WebFeedGatewayPlugin/atom", stated=False)
        yield Candidate("oai", f"{base}/oai", stated=False)


# --- what a page names


class _Page(HTMLParser):
    """Collects links of a page's head and body, its title and its generator."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.generator = ""
        self.channel = ""
        self.alternates: list[tuple[str, str, str]] = []  # type, title, address
        self.anchors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        href = named.get("href", "").strip()
        if tag == "base" and href and not self.base:
            self.base = href
        elif tag == "link" and href and "alternate" in named.get("rel", "").lower().split():
            media_type = named.get("type", "").lower().partition(";")[0].strip()
            self.alternates.append((media_type, named.get("title", ""), href))
        elif tag == "a" and href:
            self.anchors.append(href)
        elif tag == "meta":
            if named.get("name", "").lower() == "generator":
                self.generator += f" {named.get('content', '').lower()}"
            if named.get("itemprop", "") in ("channelId", "identifier"):  # YouTube's own word for a handle's channel
                self.channel = named.get("content", "")


def _of_page(text: str, url: str) -> Iterator[Candidate]:
    page = _read_page(text)
    base = absolute_url(page.base, url) or url
    alternates = [entry for entry in page.alternates if entry[0] in FEED_TYPES]
    alternates += [entry for entry in page.alternates if entry[0] in VAGUE_TYPES]
    alternates.sort(key=lambda entry: bool(COMMENTS.search(entry[1] + entry[2])))  # comments last
    for kind, _, href in alternates:
        yield from _candidate("ical" if kind == "text/calendar" else "rss", href, base)
    yield from _of_generator(page, url)
    if EVENT_TYPE.search(text):
        yield Candidate("page", url)
    for href in _likely(page.anchors):
        is_calendar = href.lower().startswith("webcal:") or ".ics" in href.lower()
        yield from _candidate("ical" if is_calendar else "rss", re.sub("^webcals?:", "https:", href), base)


def _read_page(text: str) -> _Page:
    page = _Page()
    with suppress(ValueError, AssertionError):  # a declaration that is none: what came before it counts
        page.feed(text)
    return page


def _candidate(kind: SourceKind, href: str, base: str) -> Iterator[Candidate]:
    if address := absolute_url(href, base):
        yield Candidate(kind, address)


def _likely(anchors: Iterable[str]) -> list[str]:
    """Links that look like a feed or a calendar, the plainest first, not too many."""
    likely = [href for href in anchors if ".ics" in href.lower() or href.lower().startswith("webcal")]
    likely += [href for href in anchors if FEED_HREF.search(href) and not COMMENTS.search(href)]
    return sorted(dict.fromkeys(likely), key=len)[:8]


def _of_generator(page: _Page, url: str) -> Iterator[Candidate]:
    """What the software behind a page offers at an address of its own."""
    if page.channel.startswith("UC") and "youtube" in url:
        yield Candidate("rss", f"https://www.youtube.com/feeds/videos.xml?channel_id={page.channel}")
    for word, kind, path in (
        ("spip", "rss", "/spip.php?page=backend"),
        ("wordpress", "rss", "/feed/"),
        ("richie", "courses", "/api/v1.0/courses/"),
        ("open edx", "courses", "/api/courses/v1/courses/"),
        ("dspace", "oai", "/oai/request"),
        ("omeka", "oai", "/oai"),
    ):
        if word in page.generator:
            yield Candidate(kind, urljoin(url, path))  # type: ignore[arg-type]


# --- what it calls itself


def find_title(body: bytes, headers: Mapping[str, str]) -> str:
    """What a feed, a calendar or a page calls itself; empty when it does not say."""
    text = _decode(body[:100_000], headers)
    if text.lstrip("\ufeff \r\n").startswith("{"):
        match = re.search(r'"title"\s*:\s*"((?:[^"\\]|\\.){1,300})"', text[:5_000])
        return clean_text(json.loads(f'"{match[1]}"', strict=False), 100) if match else ""
    patterns = (
        r'<meta\s[^>]{0,100}?property=["\']og:site_name["\'][^>]{1,100}?content=["\']([^"\'<>]{2,200})["\']',
        r"<(?:\w{1,20}:)?title[^>]{0,200}>\s*(?:<!\[CDATA\[)?(.{1,300}?)(?:\]\]>)?\s*</(?:\w+:)?title",
        r"<repositoryName>(.{1,300}?)</repositoryName",
        r"(?m)^X-WR-CALNAME[^:\n]*:(.{1,200})$",
    )
    found = (re.search(pattern, text, re.IGNORECASE | re.DOTALL) for pattern in patterns[:3])
    match = next((one for one in found if one), None) or re.search(patterns[3], text)
    return clean_text(match[1], 100) if match else ""
