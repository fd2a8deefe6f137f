"""A record as a bibliography sees it: what BibTeX and RIS have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from string import ascii_lowercase

from veille.digest.values import Telling
from veille.export.names import Name, parse_names
from veille.export.values import Record, choose_works, fold, word_date
from veille.render.clipping import clean_line, find_link
from veille.values import Paper
from veille.wording import say

AUTHOR_LENGTH = 24
# Words that no title is remembered by, French and English, as `fold` leaves them.
SMALL = frozenset({"a", "an", "au", "aux", "d", "de", "des", "du", "en", "in", "l", "la", "le", "les", "of", "on", "s",
                   "the", "to", "un", "une"})  # fmt: skip
# What bibliographies know, by our `Paper.type`.
TYPES = {
    "journal-article": "article",
    "conference-paper": "conference",
    "thesis": "thesis",
    "report": "report",
    "preprint": "preprint",
    "book-chapter": "chapter",
    "book": "book",
    "dataset": "dataset",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A work to cite. Texts are one clean line each, not yet escaped; what is not known is empty."""

    key: str  # unique among those built together
    type: str  # one of `TYPES`, press or web, else document
    title: str
    names: tuple[Name, ...]
    date: str  # 2026-03-02, 2026-03 or 2026
    venue: str  # journal, proceedings, institution; of what is on the web, its source
    volume: str
    pages: str
    doi: str  # bare
    arxiv: str
    url: str
    abstract: str
    keywords: tuple[str, ...]
    language: str
    note: str

    @property
    def year(self) -> str:
        return self.date[:4]


def build_references(records: Sequence[Record], language: str) -> list[Reference]:
    """A reference for each work, in the order given; our own words (a retraction) are in ``language``.

    Keys are author, year and first word of the title; of those alike, what was seen first keeps it bare, so that what
    comes later does not rename it.
    """
    works = choose_works(records)
    parts = {work.telling.item_id: _parse(work) for work in works}
    keys: dict[str, str] = {}
    taken: set[str] = set()
    for work in sorted(works, key=lambda work: (work.telling.first_seen_at, work.telling.item_id)):
        item_id = work.telling.item_id
        keys[item_id] = next(key for key in _build_keys(work.telling, *parts[item_id]) if key not in taken)
        taken.add(keys[item_id])
    return [
        _build_reference(work, keys[work.telling.item_id], *parts[work.telling.item_id], language) for work in works
    ]


def _parse(work: Record) -> tuple[tuple[Name, ...], str]:
    return tuple(parse_names(work.telling.authors)), word_date(work.telling)


def _build_keys(telling: Telling, names: Sequence[Name], date: str) -> Iterator[str]:
    """The key, then the same with b, c, ... z, and then with numbers."""
    author = fold(names[0].last if names else telling.source_id).replace(" ", "")[:AUTHOR_LENGTH]
    words = fold(telling.title).split()
    word = next((word for word in words if word not in SMALL), "")
    key = f"{author}{date[:4]}{word}"
    if not key[:1].isalpha():  # some tools take no key that begins with a figure
        key = f"item{key or telling.item_id}"
    yield key
    yield from (key + letter for letter in ascii_lowercase[1:])
    yield from (f"{key}-{number}" for number in count(27))


def _build_reference(work: Record, key: str, names: tuple[Name, ...], date: str, language: str) -> Reference:
    telling = work.telling
    paper = telling.details if isinstance(telling.details, Paper) else Paper()
    return Reference(
        key=key,
        type=find_type(telling),
        title=clean_line(telling.title),
        names=names,
        date=date,
        venue=clean_line(paper.venue or "") if telling.kind == "paper" else telling.source_id,
        volume=clean_line(paper.volume or ""),
        pages=clean_line(paper.pages or ""),
        doi=clean_line(telling.identifiers.get("doi", "")),
        arxiv=clean_line(telling.identifiers.get("arxiv", "")),
        url=find_link(telling.url) or "",
        abstract=clean_line(telling.summary),
        keywords=tuple(map(clean_line, work.topics)),
        language=clean_line(telling.language or ""),
        note=say(language, "retracted") if paper.is_retracted else "",
    )


def find_type(telling: Telling) -> str:
    """What a bibliography calls it. Of a paper whose source does not say: an article if it has a venue."""
    if telling.kind != "paper":
        return "press" if telling.kind == "article" and telling.section == "press" else "web"
    paper = telling.details if isinstance(telling.details, Paper) else Paper()
    if paper.is_preprint and paper.type not in ("thesis", "report"):
        return "preprint"
    return TYPES.get(paper.type or "", "article" if paper.venue else "document")
