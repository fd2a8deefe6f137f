"""Source kinds: each a module with ``requests`` and ``parse``, and one line in `KINDS`.

``requests(source, bookmark, ask)`` gives the first `Request` of each series that the source asks for; how far a series
was read is in `veille.harvest.parse_cursor(bookmark.cursor)`, and kept by whoever follows the pages.
``parse(source, body, headers, url, now)`` turns one answer into a `Page`; it sees bytes and headers only, raises
`UnreadableError` when the answer as a whole is not of its kind, and puts a bad entry into ``rejected``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Protocol, cast

from veille.config import Source, Topic
from veille.values import Bookmark, Page, Request

KINDS = {
    "rss": "veille.kinds.rss",
    "page": "veille.kinds.page",
    "ical": "veille.kinds.ical",
    "events": "veille.kinds.events",
    "eric": "veille.kinds.eric",
    "arxiv": "veille.kinds.arxiv",
    "oai": "veille.kinds.oai",
    "hal": "veille.kinds.hal",
    "openalex": "veille.kinds.openalex",
    "crossref": "veille.kinds.crossref",
    "doaj": "veille.kinds.doaj",
    "courses": "veille.kinds.courses",
}


class UnreadableError(Exception):
    """The answer is not what its kind reads; says what it looks like instead."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks, for what and when."""

    topics: tuple[Topic, ...]
    now: datetime
    contact: str | None = None  # for the polite pools of those that have one
    api_key: str | None = None  # goes into `Request.headers` or `Request.secrets`, never into an address


class Kind(Protocol):
    def requests(self, source: Source, bookmark: Bookmark, ask: Ask) -> Sequence[Request]: ...

    def parse(self, source: Source, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> Page: ...


def load_kind(name: str) -> Kind | None:
    """The module of a kind, imported when it is first needed; None when it is not built yet."""
    return cast(Kind, import_module(KINDS[name])) if name in KINDS else None
