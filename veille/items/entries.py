"""From the raw fields of an entry, whatever its kind, to an `Item`: the one place where fields are cleaned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from html import unescape

from veille.config import Source
from veille.items.address import absolute_url, canonical_url
from veille.items.dates import parse_date
from veille.items.identifiers import find_identifiers
from veille.items.language import detect_language
from veille.items.text import INVISIBLE, clean_text, drop_boilerplate, first_words
from veille.values import Details, Item, ItemKind, growing_hashes, short_hash

TITLE_LIMIT = 500
SUMMARY_LIMIT = 5_000
NAME_LIMIT = 200
GUID_LIMIT = 1_000
AUTHORS_LIMIT = 200
EARLIEST_YEAR = 1990  # of what is told on the web; before it, a date is a clock that was never set
EARLIEST_PAPER_YEAR = 1900
UNSET_CLOCK = date(1970, 1, 1)
AHEAD = timedelta(hours=24)
MARKUP_READ = 5_000  # characters in which a text without words is searched for a picture or a link
PICTURE = re.compile(r"""<img\b[^<>]*?\balt\s*=\s*(?:"([^"<>]*\w[^"<>]*)"|'([^'<>]*\w[^'<>]*)')""", re.IGNORECASE)
LINK = re.compile(r"""<a\b[^<>]*?\bhref\s*=\s*(?:"([^"<>]+)"|'([^'<>]+)')""", re.IGNORECASE)


class UnusableEntryError(ValueError):
    """An entry from which no item can be made; says why. It costs the page one `Rejected`."""


def build_item(
    source: Source,
    *,
    guid: str | None,
    url: str | None,
    title: str,
    summary: str,
    base: str,
    now: datetime,
    authors: Iterable[str] = (),
    published: str | datetime | date | None = None,
    language: str | None = None,
    kind: ItemKind = "article",
    identifiers: Mapping[str, str] | None = None,
    details: Details = None,
) -> Item:
    """The item that these raw fields stand for.

    ``title`` and ``summary`` may hold markup; ``url`` may be relative to ``base``, the address of the document, or
    missing when ``guid`` is an address; ``language`` is what the source declares, the configured one wins over it;
    ``identifiers`` are those that the source states in a field of its own. Raises `UnusableEntryError`.
    """
    link = absolute_url(url or "", base) or _guid_address(guid)
    names = _names(authors)
    headline, text = _texts(title, summary)
    if not headline:
        link = link or _link_in(summary, base)
        headline = _find_headline(summary, link, names, guid)
    link = link or _own_address(base, guid or headline)
    canonical = _canonical(link)
    content_hash, fingerprint = growing_hashes((headline, text), (canonical, "\n".join(names), repr(details)))
    return Item(
        source_id=source.id,
        kind=kind,
        section=source.section,
        guid=_plain_guid(guid or "") or canonical,
        url=link,
        canonical_url=canonical,
        title=headline,
        summary=text,
        authors=names,
        language=source.language or detect_language(headline, text, language, is_name=kind in ("event", "course")),
        published_at=published_instant(published, now, EARLIEST_PAPER_YEAR if kind == "paper" else EARLIEST_YEAR),
        identifiers=find_identifiers((link, guid or ""), identifiers, text, research=source.section == "research"),
        details=details,
        content_hash=content_hash,
        fingerprint=fingerprint,
    )


def _plain_guid(guid: str) -> str:
    """The mark on one line, without what cannot be seen; the end of a long one stands as its hash."""
    guid = guid.strip()
    if len(guid) > GUID_LIMIT:
        guid = f"{guid[: GUID_LIMIT - 17]} {short_hash(guid)}"
    return guid if guid.isprintable() else " ".join(INVISIBLE.sub("", " ".join(guid.split())).split())


def published_instant(
    published: str | datetime | date | None, now: datetime, earliest_year: int = EARLIEST_YEAR
) -> datetime | None:
    """The instant in UTC (a day alone is its midnight); None when it is impossible or over a day ahead of ``now``."""
    if isinstance(published, str):
        published = parse_date(published, now)
    elif isinstance(published, date) and not isinstance(published, datetime):
        published = datetime.combine(published, time(), UTC)
    if published is None or not earliest_year - 1 <= published.year <= now.year + 1:
        return None
    moment = published.astimezone(UTC) if published.tzinfo else published.replace(tzinfo=UTC)
    possible = moment.year >= earliest_year and moment <= now + AHEAD and moment.date() != UNSET_CLOCK
    return moment if possible else None


def _texts(title: str, summary: str) -> tuple[str, str]:
    headline = clean_text(title, TITLE_LIMIT) if title else ""
    text = drop_boilerplate(clean_text(summary, SUMMARY_LIMIT)) if summary else ""
    if not headline and text:
        headline = first_words(text)
    return headline, "" if text == headline else text


def _find_headline(summary: str, link: str | None, names: tuple[str, ...], guid: str | None) -> str:
    """What an entry without a title and words of its own is called: by what it shows, leads to, is by, or its mark."""
    picture = PICTURE.search(summary, 0, MARKUP_READ)
    shown = clean_text(picture[1] or picture[2], TITLE_LIMIT) if picture else ""
    headline = shown or (_spoken_address(link) if link else "") or next(iter(names), "")
    headline = headline or clean_text(guid or "", NAME_LIMIT)
    if not headline:
        raise UnusableEntryError("it is empty: no link, title, text, author or identifier")
    return headline


def _link_in(summary: str, base: str) -> str | None:
    found = LINK.search(summary, 0, MARKUP_READ)
    return absolute_url(unescape(found[1] or found[2]), base) if found else None


def _guid_address(guid: str | None) -> str | None:
    guid = (guid or "").strip()
    return absolute_url(guid) if guid.lower().startswith(("http://", "https://")) else None


def _own_address(base: str, mark: str) -> str:
    """An entry without any link stands on the page of its source."""
    page = absolute_url(base)
    if not page:
        raise UnusableEntryError("it has no link, and its source has no address to stand on")
    return f"{page.partition('#')[0]}#!{short_hash(mark)}"


def _canonical(link: str) -> str:
    try:
        return canonical_url(link)
    except ValueError as error:
        raise UnusableEntryError(str(error)) from error


def _spoken_address(link: str) -> str:
    return link.partition("://")[2].partition("?")[0].rstrip("/")[:TITLE_LIMIT]


def _names(authors: Iterable[str]) -> tuple[str, ...]:
    names = [clean_text(author, NAME_LIMIT) for author in authors if author]
    return tuple(dict.fromkeys(filter(None, names)))[:AUTHORS_LIMIT]
