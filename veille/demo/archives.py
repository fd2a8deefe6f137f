"""The sample web's research archives: an ERIC-like search, an arXiv-like query API and an OAI-PMH repository."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from html import escape
from importlib.resources import files
from typing import Any

from veille.demo.routes import Query, Reply, Route

Work = Mapping[str, Any]

TERM = re.compile(r'\w+:(?:"([^"]+)"|([^\s()\[\]]+))|"([^"]+)"|(\w{2,})')
OPERATORS = {"or", "and", "not", "to"}
OAI_ROWS = 3
OAI_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
DC = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
ATOM = (
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns="http://www.w3.org/2005/Atom">'
)


def load_works(name: str) -> tuple[Work, ...]:
    """The records of one archive, from the package's ``works`` folder."""
    import yaml

    return tuple(yaml.safe_load(files(__package__).joinpath("works", f"{name}.yaml").read_text("utf-8")))


def build_archive_routes() -> dict[str, Route]:
    """Each archive's one address."""
    return {
        "/eric/": partial(answer_eric, load_works("eric")),
        "/arxiv/api/query": partial(answer_arxiv, load_works("arxiv")),
        "/archive/oai": partial(answer_oai, load_works("oai")),
    }


def answer_eric(works: Sequence[Work], day: date, query: Query) -> Reply:
    """Solr's JSON: the works that have one of the terms, of the asked years, in the order of the file."""
    asked, year = split_filter(query.get("search", ""), r"publicationdateyear:\[(\d+) TO \*\]")
    found = [work for work in find_works(works, day, asked) if work["year"] >= int(year or 0)]
    start, rows = int(query.get("start", 0)), int(query.get("rows", 20))
    docs = [_eric_doc(work) for work in found[start : start + rows]]
    body = {"response": {"numFound": len(found), "start": start, "numFoundExact": True, "docs": docs}}
    return _reply(json.dumps(body, ensure_ascii=False), "application/json")


def _eric_doc(work: Work) -> dict[str, object]:
    told = {name: value for name, value in work.items() if name not in ("appears", "year", "full_text")}
    return {**told, "publicationdateyear": work["year"], "e_fulltextauth": int(work.get("full_text", False))}


def answer_arxiv(works: Sequence[Work], day: date, query: Query) -> Reply:
    """Atom: the works that have one of the terms, submitted on the asked days, the newest first."""
    asked, since = split_filter(query.get("search_query", ""), r"submittedDate:\[(\d{8})\d{4} TO \d+\]")
    found = [work for work in find_works(works, day, asked) if f"{work['published']:%Y%m%d}" >= (since or "")]
    found.sort(key=lambda work: str(work["published"]), reverse=True)
    start, rows = int(query.get("start", 0)), int(query.get("max_results", 10))
    total = f"<opensearch:totalResults>{len(found)}</opensearch:totalResults>"
    entries = "".join(_arxiv_entry(work) for work in found[start : start + rows])
    return _reply(
        f"{ATOM}<title>Sample preprints</title>{total}{entries}</feed>", "application/atom+xml; charset=utf-8"
    )


def _arxiv_entry(work: Work) -> str:
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in work["author"])
    stated = "".join(
        f"<arxiv:{name}>{escape(work[name])}</arxiv:{name}>" for name in ("journal_ref", "doi") if name in work
    )
    return (
        f"<entry><id>http://arxiv.org/abs/{work['id']}</id><title>{escape(work['title'])}</title>"
        f"<summary>{escape(work['summary'])}</summary><published>{work['published']:%Y-%m-%dT%H:%M:%SZ}</published>"
        f'<arxiv:primary_category term="{work["category"]}"/>{authors}{stated}</entry>'
    )


def answer_oai(works: Sequence[Work], day: date, query: Query) -> Reply:
    """OAI-PMH's ListRecords in Dublin Core, three records a page; a withdrawn record is told as deleted."""
    if query.get("verb") != "ListRecords":
        return _oai_reply('<error code="badVerb">only ListRecords</error>')
    since, _, place = query.get("resumptionToken", f"{query.get('from', '')}/0").partition("/")
    found = [work for work in works if work["appears"] <= day and str(_changed_on(work, day)) >= since]
    if not found or not place.isdecimal():
        return _oai_reply(f'<error code="{"badResumptionToken" if found else "noRecordsMatch"}"/>')
    following = int(place) + OAI_ROWS
    token = f"{since}/{following}" if following < len(found) else ""
    records = "".join(_oai_record(work, day) for work in found[int(place) : following])
    return _oai_reply(f"<ListRecords>{records}<resumptionToken>{token}</resumptionToken></ListRecords>")


def _changed_on(work: Work, day: date) -> date:
    deleted: date | None = work.get("deleted")
    appears: date = work["appears"]
    return deleted if deleted and deleted <= day else appears


def _oai_record(work: Work, day: date) -> str:
    changed = _changed_on(work, day)
    status = ' status="deleted"' if changed == work.get("deleted") else ""
    header = f"<identifier>oai:archive.example:{work['id']}</identifier><datestamp>{changed}</datestamp>"
    metadata = "" if status else f"<metadata><oai_dc:dc {DC}>{''.join(_dublin_core(work))}</oai_dc:dc></metadata>"
    return f"<record><header{status}>{header}</header>{metadata}</record>"


def _dublin_core(work: Work) -> Iterable[str]:
    for name in ("title", "description"):
        for language, text in work[name].items():
            yield f'<dc:{name} xml:lang="{language}">{escape(text)}</dc:{name}>'
    yield from (f"<dc:creator>{escape(name)}</dc:creator>" for name in work["creator"])
    for name in ("language", "type", "date", "publisher", "rights", "source"):
        if name in work:
            yield f"<dc:{name}>{escape(str(work[name]))}</dc:{name}>"
    yield f"<dc:identifier>https://archive.example/notice/{work['id']}</dc:identifier>"
    if "doi" in work:
        yield f"<dc:identifier>https://doi.org/{work['doi']}</dc:identifier>"


def _oai_reply(content: str) -> Reply:
    return _reply(f"{OAI_HEAD}<responseDate>2026-03-02T05:00:00Z</responseDate>{content}</OAI-PMH>", "text/xml")


def find_works(works: Sequence[Work], day: date, asked: str) -> list[Work]:
    """Those that are out and have one of the terms: words, or phrases in quotes, with or without a field."""
    terms = ["".join(parts).lower() for parts in TERM.findall(asked)]
    terms = [term for term in terms if term not in OPERATORS]
    out = [work for work in works if work["appears"] <= day]
    return [work for work in out if any(term in _text(work) for term in terms)]


def _text(work: Work) -> str:
    return " ".join(map(str, work.values())).lower()


def split_filter(asked: str, pattern: str) -> tuple[str, str | None]:
    """The query without its filter, and what the filter asks from."""
    found = re.search(pattern, asked)
    return (asked.replace(found[0], ""), found[1]) if found else (asked, None)


def _reply(body: str, content_type: str) -> Reply:
    return Reply(body.encode(), content_type)
