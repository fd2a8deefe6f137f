"""References as RIS in UTF-8, with the tags that Zotero reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from veille.export.names import Name
from veille.export.references import Reference, build_references
from veille.export.values import Record

TYPES = {
    "article": "JOUR",
    "conference": "CONF",
    "thesis": "THES",
    "report": "RPRT",
    "preprint": "UNPB",
    "chapter": "CHAP",
    "book": "BOOK",
    "dataset": "DATA",
    "press": "NEWS",
    "web": "ELEC",
}
PUBLISHED_BY = {"thesis", "report", "preprint", "book", "dataset", "document"}  # the venue is who published it
GENRES = {"thesis": "Thesis", "preprint": "Preprint"}


def render_ris(records: Sequence[Record], language: str = "en") -> str:
    """A reference for each work; empty without any. Lines end in CRLF; our own words are in ``language``."""
    references = build_references(records, language)
    return "\r\n".join("".join(f"{tag}  - {text}\r\n" for tag, text in _lines(one)) for one in references)


def _lines(reference: Reference) -> Iterator[tuple[str, str]]:
    yield "TY", TYPES.get(reference.type, "GEN")
    told = (
        ("ID", reference.key),
        *(("AU", write_name(name)) for name in reference.names),
        ("TI", reference.title),
        ("PB" if reference.type in PUBLISHED_BY else "T2", reference.venue),
        ("M3", GENRES.get(reference.type, "")),
        ("PY", reference.year),
        ("DA", reference.date.replace("-", "/") if len(reference.date) > 4 else ""),
        ("VL", reference.volume),
        *_pages(reference.pages),
        ("DO", reference.doi),
        ("UR", reference.url),
        ("LA", reference.language),
        *(("KW", re.sub(r"\s*;\s*", " / ", keyword)) for keyword in reference.keywords),
        ("N1", reference.note),
        ("AB", reference.abstract),
    )
    yield from ((tag, text) for tag, text in told if text)
    yield "ER", ""


def _pages(pages: str) -> Iterator[tuple[str, str]]:
    first, dash, last = re.sub(r"\s*[-–]+\s*", "-", pages).partition("-")
    yield "SP", first
    yield "EP", last if dash else ""


def write_name(name: Name) -> str:
    """``Last, First`` or ``Last, First, Jr.``; an organisation without commas, which would cut it."""
    parts = [name.last, name.first, name.suffix]
    return ", ".join(part.replace(",", "") for part in parts if part)
