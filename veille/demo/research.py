"""The sample web's archives and indexes of research: searches of a few papers, answered in the shape of each API.

HAL's search, OpenAlex's works and DOAJ's articles. A paper is found when one of the alternatives of the query is in
its title or text, and from the day on which it appears.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

Query = Mapping[str, str]
DAY = re.compile(r"\d{4}-\d\d-\d\d")
HAL_TYPES = {"journal-article": "ART", "preprint": "UNDEFINED", "thesis": "THESE", "report": "REPORT"}
OPENALEX_TYPES = {"journal-article": "article", "thesis": "dissertation"}


@dataclass(frozen=True)
class SamplePaper:
    served_by: list[str]
    appears: date
    number: str | int  # the archive's own
    type: str
    language: str
    title: str
    text: str
    authors: list[str]
    published: date
    title_en: str = ""
    venue: str = ""
    doi: str = ""
    design: str = ""
    free: bool = False
    retracted: bool = False


def load_papers() -> tuple[SamplePaper, ...]:
    """Those of the package's ``research`` folder."""
    import yaml

    rows = yaml.safe_load(files(__package__).joinpath("research", "papers.yaml").read_text("utf-8"))
    return tuple(SamplePaper(**row) for row in rows)


def find_papers(papers: tuple[SamplePaper, ...], archive: str, day: date, asked: str, since: str) -> list[SamplePaper]:
    """What an archive has on ``day`` for a query like `"a phrase" OR (one AND two)`; ``since`` holds a date or none."""
    first = DAY.search(since)
    return [
        paper
        for paper in papers
        if archive in paper.served_by
        and paper.appears <= day
        and (first is None or paper.appears.isoformat() >= first[0])
        and matches_query(asked, f"{paper.title} {paper.title_en} {paper.text}")
    ]


def matches_query(asked: str, text: str) -> bool:
    """Whether one of the alternatives has all its words or phrases in the text."""
    text = text.casefold()
    alternatives = re.sub(r"[()]", " ", asked).casefold().split(" or ")
    return any(all(part.strip(' "') in text for part in one.split(" and ")) for one in alternatives)


Answer = Callable[[tuple[SamplePaper, ...], date, Query], dict[str, Any]]


def answer_hal(papers: tuple[SamplePaper, ...], day: date, query: Query) -> dict[str, Any]:
    found = find_papers(papers, "hal", day, query.get("q", ""), query.get("fq", ""))
    start, rows = _read_place(query.get("cursorMark", "*")), int(query.get("rows", "30"))
    shown = found[start : start + rows]
    mark = f"mark{start + len(shown)}" if shown else query.get("cursorMark", "*")
    docs = [_hal_record(paper) for paper in shown]
    return {"response": {"numFound": len(found), "start": 0, "docs": docs}, "nextCursorMark": mark}


def _hal_record(paper: SamplePaper) -> dict[str, Any]:
    prefix = "tel" if paper.type == "thesis" else "hal"
    name = f"{prefix}-{int(paper.number):08d}"
    address = f"https://archive.val-orme.example/{name}"
    record = {
        "docid": str(paper.number),
        "halId_s": name,
        "uri_s": address,
        "title_s": [paper.title, *filter(None, [paper.title_en])],
        f"{paper.language}_title_s": [paper.title],
        "abstract_s": [paper.text],
        "authFullName_s": paper.authors,
        "language_s": [paper.language],
        "docType_s": HAL_TYPES[paper.type],
        "openAccess_bool": paper.free,
        "publicationDate_s": paper.published.isoformat(),
        "submittedDate_tdate": f"{paper.appears.isoformat()}T04:00:00Z",
    }
    venue = {"authorityInstitution_s": [paper.venue]} if paper.type == "thesis" else {"journalTitle_s": paper.venue}
    optional = {"doiId_s": paper.doi, "fileMain_s": f"{address}/document" if paper.free else ""}
    return record | {name: value for name, value in (optional | venue).items() if value and value != [""]}


def answer_openalex(papers: tuple[SamplePaper, ...], day: date, query: Query) -> dict[str, Any]:
    found = find_papers(papers, "openalex", day, query.get("search", ""), "")
    first = DAY.search(query.get("filter", ""))
    found = [paper for paper in found if first is None or paper.published.isoformat() >= first[0]]
    start, rows = _read_place(query.get("cursor", "*")), int(query.get("per-page", "25"))
    shown = found[start : start + rows]
    following = f"mark{start + len(shown)}" if shown else None
    return {
        "meta": {"count": len(found), "per_page": rows, "next_cursor": following},
        "results": [_openalex_work(paper) for paper in shown],
    }


def _openalex_work(paper: SamplePaper) -> dict[str, Any]:
    address = f"https://doi.org/{paper.doi}" if paper.doi else None
    places: dict[str, list[int]] = {}
    for place, word in enumerate(paper.text.split()):
        places.setdefault(word, []).append(place)
    return {
        "id": f"https://openalex.org/W{paper.number}",
        "doi": address,
        "title": paper.title,
        "display_name": paper.title,
        "publication_year": paper.published.year,
        "publication_date": paper.published.isoformat(),
        "language": paper.language,
        "type": OPENALEX_TYPES.get(paper.type, paper.type),
        "primary_location": {"landing_page_url": address, "source": {"display_name": paper.venue}},
        "open_access": {"is_oa": paper.free, "oa_url": address if paper.free else None},
        "authorships": [{"author": {"display_name": author}} for author in paper.authors],
        "is_retracted": paper.retracted,
        "study_designs": [paper.design] if paper.design else [],
        "abstract_inverted_index": places,
    }


def answer_doaj(papers: tuple[SamplePaper, ...], day: date, query: Query) -> dict[str, Any]:
    """``query["path"]`` is the search, which DOAJ takes as the last part of the path."""
    asked, _, since = query.get("path", "").partition(" AND created_date:")
    found = find_papers(papers, "doaj", day, asked, since)
    page, rows = int(query.get("page", "1")), int(query.get("pageSize", "10"))
    results = [_doaj_article(paper) for paper in found[(page - 1) * rows : page * rows]]
    return {"total": len(found), "page": page, "pageSize": rows, "query": asked, "results": results}


def _doaj_article(paper: SamplePaper) -> dict[str, Any]:
    return {
        "id": str(paper.number),
        "created_date": f"{paper.appears.isoformat()}T04:00:00Z",
        "bibjson": {
            "title": paper.title,
            "abstract": paper.text,
            "year": str(paper.published.year),
            "month": str(paper.published.month),
            "author": [{"name": author} for author in paper.authors],
            "identifier": [{"type": "doi", "id": paper.doi}],
            "journal": {"title": paper.venue, "language": [paper.language.upper()]},
            "link": [{"type": "fulltext", "url": f"https://journals.example/{paper.doi}"}],
        },
    }


def _read_place(mark: str) -> int:
    place = mark.removeprefix("mark")
    return int(place) if place.isdecimal() else 0


ARCHIVES: Mapping[str, Answer] = {
    "/hal/search/": answer_hal,
    "/openalex/works": answer_openalex,
    "/doaj/search/articles/*": answer_doaj,
}


def render_answer(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode()
