"""RSS 0.9x to 2.0, RDF, Atom and JSON Feed, with the podcasts and videos that come in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from veille.config import Source
from veille.kinds import Ask
from veille.values import Bookmark, Page, Request


def requests(source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]:  # noqa: ARG001
    """One: the feed, where it moved to if it did."""
    return (Request(bookmark.url or source.url),)


def parse(source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page:
    """The items of a feed, in its order; an entry met twice counts once. Raises `UnreadableError`."""
    from veille.kinds.feeds import read_page  # a run without news asks only

    return read_page(source, body, headers, url, now)
