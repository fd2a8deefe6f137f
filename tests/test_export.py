"""What leaves the house is read by others' parsers as it was meant, whatever sources write in their titles."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import bibtexparser
import duckdb
import feedparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from icalendar import Calendar

from tests.loopback import build_rss, open_web, write_home
from tests.test_render import SAMPLE, build
from veille.cli import run_command
from veille.digest.values import Telling
from veille.export.atom import build_feed, render_atom
from veille.export.bibtex import protect_capitals, render_bibtex
from veille.export.digests import render_agenda, render_bibliography
from veille.export.ics import render_ics
from veille.export.names import Name, parse_names
from veille.export.ris import render_ris
from veille.export.spreadsheet import defuse, render_csv, write_cell
from veille.export.values import Record, choose_works
from veille.render.clipping import clean_line
from veille.store import open_store
from veille.store.rows import StoreError
from veille.values import Bookmark, Course, Deadline, Details, Event, Item, ItemKind, Paper, short_hash

SEEN = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOSTILE = [
    "Une phrase\r\nBEGIN:VEVENT\r\nSUMMARY:fausse",
    "ER  - \r\nTY  - JOUR",
    "},\n}\n@article{pirate, title = {x",
    "{ une accolade ouverte, \\ et } } deux fermées",
    "100 % des $ & _ # ~ ^ \\textbf{x}",
    "Élève œuvre ça naïf à l’été – « déjà »",
    "👩🏽‍🏫 l'IA à l'école 🎓",
    "\u202egauche à droite\u202c",
    "=HYPERLINK(\"http://x.example\";\"ici\")",
    "<script>alert(1)</script> & ]]> &amp;",
    "nul \x00 et \x0b\x1b contrôles",
    "a" * 400 + " é" * 60,
]  # fmt: skip


def record(
    item_id: str = "a1",
    title: str = "Un titre",
    *,
    kind: ItemKind = "paper",
    section: str = "research",
    details: Details = None,
    authors: tuple[str, ...] = ("Inès Ben Salah", "Malo Roudaut"),
    doi: str = "",
    published_at: datetime | None = datetime(2026, 2, 24, tzinfo=UTC),
    language: str = "fr",
    topics: tuple[str, ...] = ("IA générative", "Évaluation, mesure"),
    story: str = "",
    leads: bool = True,
    updated_at: datetime | None = None,
) -> Record:
    if kind == "paper" and details is None:
        details = Paper(venue="Revue d’exemple", year=2026, type="journal-article", volume="12", pages="3-21")
    telling = Telling(
        item_id, "une-source", title, f"https://a.example/{item_id}?a=1&b=2_%7B", language, published_at, SEEN, section,
        kind, "Un résumé.", authors, {"doi": doi} if doi else {}, details, updated_at=updated_at,
    )  # fmt: skip
    return Record(telling, story or item_id, topics, leads)


def read_bibtex(text: str) -> list[Mapping[str, str]]:
    """Entries by another's parser, their texts as LaTeX sets them, addresses and identifiers as they stand."""
    library = bibtexparser.parse_string(text)
    assert library.failed_blocks == []
    assert not library.comments
    raw = [{name: str(field.value) for name, field in entry.fields_dict.items()} for entry in library.entries]
    told = bibtexparser.parse_string(text, append_middleware=[LatexDecodingMiddleware()]).entries
    return [
        {"@": entry.entry_type, "key": entry.key}
        | {name: raw[n][name] if name in ("url", "doi") else str(f.value) for name, f in entry.fields_dict.items()}
        for n, entry in enumerate(told)
    ]


# --- names


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Inès Ben Salah", [Name("Ben Salah", "Inès")]),
        ("Ludwig van Beethoven", [Name("van Beethoven", "Ludwig")]),
        ("Jean de La Fontaine", [Name("de La Fontaine", "Jean")]),
        ("Jean d’Ormesson", [Name("d’Ormesson", "Jean")]),
        ("DURAND MARTIN Paul", [Name("DURAND MARTIN", "Paul")]),
        ("Anne-Marie DURAND", [Name("DURAND", "Anne-Marie")]),
        ("Dupont A.", [Name("Dupont", "A.")]),
        ("de la Cruz, Juana Inés", [Name("de la Cruz", "Juana Inés")]),
        ("Martin Luther King, Jr.", [Name("King", "Martin Luther", "Jr.")]),
        ("King, Jr., Martin Luther", [Name("King", "Martin Luther", "Jr.")]),
        ("Anne Smith, PhD", [Name("Smith", "Anne")]),
        ("Seán Ó hÉigeartaigh", [Name("hÉigeartaigh", "Seán Ó")]),
        ("Moreau, L.; Adeyemi, T.", [Name("Moreau", "L."), Name("Adeyemi", "T.")]),
        ("Smith, A. and Jones, B.", [Name("Smith", "A."), Name("Jones", "B.")]),
        ("Marie Dupont et Jean Martin", [Name("Dupont", "Marie"), Name("Martin", "Jean")]),
        ("A. Dupont, B. Martin & C. Petit", [Name("Dupont", "A."), Name("Martin", "B."), Name("Petit", "C.")]),
        ("Ministère du Travail et de l’Emploi", [Name("Ministère du Travail et de l’Emploi")]),
        ("OECD, Directorate for Education", [Name("OECD, Directorate for Education")]),
        ("France compétences", [Name("France compétences")]),
        ("UNESCO", [Name("UNESCO")]),
        ("王小明", [Name("王小明")]),
        (" , ", []),
    ],
)
def test_an_author_is_taken_apart_where_it_is_a_person(author: str, names: list[Name]) -> None:
    """Particles go with the last name, several persons in one field become several, organisations stay whole."""
    assert parse_names([author]) == names


# --- BibTeX


def test_a_paper_is_an_entry_with_all_its_fields() -> None:
    """As Zotero's translator reads them: bare DOI, ISO date, topics as keywords, the language, UTF-8 accents."""
    (entry,) = read_bibtex(render_bibtex([record(title="L’évaluation par les pairs", doi="10.5555/é.1_2")]))
    assert entry == {
        "@": "article",
        "key": "bensalah2026evaluation",
        "author": "Ben Salah, Inès and Roudaut, Malo",
        "title": "L’évaluation par les pairs",
        "journal": "Revue d’exemple",
        "date": "2026-02-24",
        "year": "2026",
        "volume": "12",
        "pages": "3–21",
        "doi": "10.5555/é.1_2",
        "url": "https://a.example/a1?a=1&b=2_%7B",
        "language": "fr",
        "keywords": "IA générative, Évaluation / mesure",
        "abstract": "Un résumé.",
    }


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_breaks_out_of_bibtex(title: str) -> None:
    """A hostile title is the title of its own entry, and the next entry is whole."""
    first, second = read_bibtex(render_bibtex([record(title=title, authors=(title,)), record("b2", "Le suivant")]))
    assert second["title"] == "Le suivant"
    assert first["year"] == "2026"
    if "{" not in title and "}" not in title:
        assert first["title"].replace("\u00a0", " ") == clean_line(title).replace("\u00a0", " ")


def test_braces_in_bibtex_are_balanced() -> None:
    """BibTeX counts braces even behind a backslash: each lone one of a title gets a partner that prints nothing."""
    for title in HOSTILE:
        text = render_bibtex([record(title=title)])
        assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("title", "language", "written"),
    [
        ("How ChatGPT and LLMs Help in France", "en", "How {ChatGPT} and {LLMs} Help in France"),
        ("L’IA générative à l’école en France", "fr", "L’{IA} générative à l’école en {France}"),
        ("TOUT EN CAPITALES", "fr", "TOUT EN CAPITALES"),
        ("50 % de C_D & plus", "fr", r"50 \% de {C}\_{D} \& plus"),
    ],
)
def test_capitals_that_mean_something_are_protected(title: str, language: str, written: str) -> None:
    """Within a word always, at its beginning where titles are sentences; a title in capitals has none."""
    assert protect_capitals(title, language) == written


@pytest.mark.parametrize(
    ("paper", "entry_type", "field"),
    [
        (Paper(venue="Actes", type="conference-paper"), "inproceedings", "booktitle"),
        (Paper(venue="Université de Brière", type="thesis"), "phdthesis", "school"),
        (Paper(venue="Un ministère", type="report"), "techreport", "institution"),
        (Paper(venue="arXiv", type="preprint", is_preprint=True), "misc", "publisher"),
        (Paper(venue="Un livre", type="book-chapter"), "incollection", "booktitle"),
        (Paper(venue="Une revue", type="other"), "article", "journal"),
        (Paper(type=None), "misc", "url"),
    ],
)
def test_each_type_of_paper_has_its_entry_type(paper: Paper, entry_type: str, field: str) -> None:
    """The venue goes into the field that the type has for it."""
    (entry,) = read_bibtex(render_bibtex([record(details=paper)]))
    assert entry["@"] == entry_type
    assert entry[field] in (paper.venue, "https://a.example/a1?a=1&b=2_%7B")


def test_an_organisation_stays_whole_in_bibtex() -> None:
    """Neither its `and` nor its commas cut it."""
    text = render_bibtex([record(authors=("Centre for Science and Education, Paris",))])
    assert "author = {{Centre for Science and Education, Paris}}" in text


def test_citation_keys_are_unique_and_stay() -> None:
    """What was seen first keeps the bare key, wherever it stands and whatever comes later."""
    older = record("z9", "Retrieval practice")
    newer = record("a1", "Retrieval, again")
    newer = replace(newer, telling=replace(newer.telling, first_seen_at=SEEN + timedelta(days=1)))
    assert [entry["key"] for entry in read_bibtex(render_bibtex([newer, older]))] == [
        "bensalah2026retrievalb",
        "bensalah2026retrieval",
    ]
    many = [record(f"i{n}", f"Retrieval {n}") for n in range(40)]
    keys = [entry["key"] for entry in read_bibtex(render_bibtex(many))]
    assert len(set(keys)) == 40


@pytest.mark.parametrize(
    ("published_at", "year", "told"),
    [
        (datetime(2026, 2, 24, tzinfo=UTC), 2026, "2026-02-24"),
        (datetime(2026, 2, 1, tzinfo=UTC), 2026, "2026-02"),
        (datetime(2026, 1, 1, tzinfo=UTC), 2026, "2026"),
        (None, 1999, "1999"),
    ],
)
def test_a_paper_is_dated_no_finer_than_is_known(published_at: datetime | None, year: int, told: str) -> None:
    """A first day stands for its period."""
    (entry,) = read_bibtex(render_bibtex([record(published_at=published_at, details=Paper(year=year))]))
    assert (entry["date"], entry["year"]) == (told, told[:4])


def test_a_work_told_twice_is_one_reference() -> None:
    """Of one story and title the fullest record counts: the article with a DOI before its preprint."""
    preprint = record("p1", "Le Même titre", story="s", details=Paper(is_preprint=True, type="preprint"))
    article = record("p2", "Le même titre.", story="s", doi="10.5555/1")
    assert [work.telling.item_id for work in choose_works([preprint, article])] == ["p2"]
    retracted = record("p3", "Le même titre", story="s", details=Paper(is_preprint=True, is_retracted=True))
    assert [work.telling.item_id for work in choose_works([article, retracted])] == ["p3"]
    other = [record("p4", "評価", story="s"), record("p5", "学習", story="s")]
    assert choose_works(other) == other


def test_a_retraction_is_told() -> None:
    """In both formats, in the language asked for."""
    retracted = [record(details=Paper(venue="R", type="journal-article", is_retracted=True))]
    assert read_bibtex(render_bibtex(retracted, "fr"))[0]["note"] == "Article rétracté"
    assert rispy.loads(render_ris(retracted, "en"))[0]["notes"] == ["Retracted article"]


# --- RIS


def test_a_paper_is_a_ris_reference_with_all_its_tags() -> None:
    """As Zotero's translator reads them."""
    (entry,) = rispy.loads(render_ris([record(title="L’évaluation par les pairs", doi="10.5555/1")]))
    assert entry == {
        "type_of_reference": "JOUR",
        "id": "bensalah2026evaluation",
        "authors": ["Ben Salah, Inès", "Roudaut, Malo"],
        "title": "L’évaluation par les pairs",
        "secondary_title": "Revue d’exemple",
        "year": "2026",
        "date": "2026/02/24",
        "volume": "12",
        "start_page": "3",
        "end_page": "21",
        "doi": "10.5555/1",
        "urls": ["https://a.example/a1?a=1&b=2_%7B"],
        "language": "fr",
        "keywords": ["IA générative", "Évaluation, mesure"],
        "abstract": "Un résumé.",
    }


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_breaks_out_of_ris(title: str) -> None:
    """A hostile title is the title of its own reference."""
    first, second = rispy.loads(render_ris([record(title=title, authors=(title,)), record("b2", "Le suivant")]))
    assert (first["title"], second["title"]) == (clean_line(title), "Le suivant")


@pytest.mark.parametrize(
    ("one", "type_"),
    [
        (record(details=Paper(type="conference-paper")), "CONF"),
        (record(details=Paper(type="thesis")), "THES"),
        (record(details=Paper(type="report")), "RPRT"),
        (record(kind="article", section="press"), "NEWS"),
        (record(kind="article", section="technology"), "ELEC"),
    ],
)
def test_each_type_has_its_ris_type(one: Record, type_: str) -> None:
    """Articles of the press are news, what else is on the web is electronic."""
    assert rispy.loads(render_ris([one]))[0]["type_of_reference"] == type_


# --- CSV


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("+33 1 23", "'+33 1 23"), ("-cmd|'/c calc'!A0", "'-cmd|'/c calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("＝1+1", "'＝1+1"), ("-12.5", "-12.5"), ("+3", "+3"), ("1=1", "1=1"),
        (-0.25, -0.25), (date(2026, 3, 2), "2026-03-02"), (SEEN, "2026-03-02T06:00:00+00:00"), (None, ""),
        (True, "true"), (["=a", "b"], "'=a; b"), ("- un tiret", "'- un tiret"),
    ],
)  # fmt: skip
def test_a_cell_is_no_formula(value: object, cell: object) -> None:
    """A text that a spreadsheet would calculate gets an apostrophe; numbers and dates are what they are."""
    assert write_cell(value) == cell


def test_a_table_reads_back_as_it_was() -> None:
    """Hostile titles cost neither a row nor a column, also where cells are parted at semicolons."""
    text = render_csv([{"title": title, "score": -0.5} for title in [*HOSTILE, "x;=1+1"]], ["title", "score"])
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["title"] for row in rows] == [defuse(title) for title in [*HOSTILE, "x;=1+1"]]
    assert {row["score"] for row in rows} == {"-0.5"}
    assert [*csv.reader(io.StringIO(text), delimiter=";")][-1] == ["x;=1+1,-0.5"]


# --- iCalendar


def read_calendar(text: str) -> list[Any]:
    calendar = Calendar.from_ical(text)
    assert calendar.errors == []
    for entry in calendar.walk("VEVENT"):
        assert entry.errors == []
    for line in text.split("\r\n"):
        assert len(line.encode()) <= 75
        assert "\n" not in line
    return [*calendar.walk("VEVENT")]


SALON = Event(
    starts_on=date(2026, 5, 7),
    ends_on=date(2026, 5, 8),
    place="Palais des congrès, Vannes",
    country="France",
    deadlines=(Deadline("submission", date(2026, 4, 1)), Deadline("submission", date(2026, 3, 20))),
)


def test_an_event_and_its_deadlines_are_whole_days() -> None:
    """The end is the day after the last one; each date has an id of its own."""
    entries = read_calendar(render_ics([record("e1", "Le salon", kind="event", details=SALON)], "fr", "Veille"))
    assert [(str(e["uid"]), e.decoded("dtstart"), e.decoded("dtend"), str(e["summary"])) for e in entries] == [
        ("e1@veille", date(2026, 5, 7), date(2026, 5, 9), "Le salon"),
        ("e1-submission-1@veille", date(2026, 3, 20), date(2026, 3, 21), "Fin des soumissions\u00a0: Le salon"),
        ("e1-submission-2@veille", date(2026, 4, 1), date(2026, 4, 2), "Fin des soumissions\u00a0: Le salon"),
    ]
    assert str(entries[0]["location"]) == "Palais des congrès, Vannes, France"
    assert entries[0].decoded("dtstamp") == SEEN
    assert (int(entries[0]["sequence"]), str(entries[0]["status"])) == (0, "CONFIRMED")


def test_hours_that_are_known_are_told_in_utc() -> None:
    """Of an event of one day: who takes it over has it at the right hour, wherever they are."""
    paris = timezone(timedelta(hours=2))
    start, end = (datetime(2026, 5, 7, hour, tzinfo=paris) for hour in (14, 16))
    for last, expected in ((None, (start, end)), (SALON.ends_on, (SALON.starts_on, date(2026, 5, 9)))):
        event = Event(starts_on=SALON.starts_on, ends_on=last, starts_at=start, ends_at=end)
        (entry,) = read_calendar(render_ics([record("e1", "L’atelier", kind="event", details=event)], "fr", "Veille"))
        assert (entry.decoded("dtstart"), entry.decoded("dtend")) == expected
    assert (
        b"DTSTART:20260507T120000Z"
        in render_ics(
            [record("e1", kind="event", details=Event(starts_on=SALON.starts_on, starts_at=start))], "fr", "Veille"
        ).encode()
    )


def test_a_cancelled_event_is_taken_back() -> None:
    """Same id, status and a higher sequence number, so that a calendar that has it strikes it out; also in words."""
    off = record(kind="event", title="Le salon", details=replace(SALON, status="cancelled"),
                 updated_at=SEEN + timedelta(hours=30))  # fmt: skip
    entries = read_calendar(render_ics([off], "fr", "Veille"))
    assert {(str(e["status"]), int(e["sequence"])) for e in entries} == {("CANCELLED", 31)}
    assert str(entries[0]["summary"]) == "Annulé\u00a0: Le salon"
    assert entries[0].decoded("dtstamp") == SEEN + timedelta(hours=30)


def test_an_event_told_twice_is_one() -> None:
    """Of one story and beginning the fullest counts."""
    bare = record("e0", kind="event", story="s", details=Event(starts_on=SALON.starts_on))
    full = record("e1", kind="event", story="s", details=SALON)
    assert len(read_calendar(render_ics([bare, full], "fr", "Veille"))) == 3


def test_a_course_has_its_start_and_the_end_of_enrolment() -> None:
    """The last day of a course counts only where it is all that is known; an article has no date."""
    course = Course("Un institut", date(2026, 4, 1), date(2026, 6, 1), date(2026, 3, 15))
    ending = Course(ends_on=date(2026, 6, 1))
    records = [record("c1", kind="course", details=course), record("c2", kind="course", details=ending)]
    entries = read_calendar(render_ics([*records, record("a1", kind="article")], "en", "Watch"))
    assert [str(e["uid"]) for e in entries] == ["c1-start@veille", "c1-enrolment@veille", "c2-end@veille"]


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_breaks_out_of_a_calendar(title: str) -> None:
    """A hostile title adds no entry; lines stay within 75 octets."""
    entries = read_calendar(render_ics([record(title=title, kind="event", details=SALON)], "fr", title))
    assert len(entries) == 3
    assert str(entries[0]["summary"]) == clean_line(title)


def test_an_impossible_period_is_its_first_day() -> None:
    """An end before the start is not believed, and the last day there is does not overflow."""
    for event, last in (
        (Event(date(2026, 5, 7), date(2026, 5, 1)), date(2026, 5, 8)),
        (Event(date(9999, 12, 31)), date(9999, 12, 31)),
    ):
        (entry,) = read_calendar(render_ics([record(kind="event", details=event)], "fr", "Veille"))
        assert entry.decoded("dtend") == last


def test_an_empty_calendar_is_valid() -> None:
    """It has a component, as RFC 5545 wants."""
    text = render_ics([], "fr", "Veille")
    assert read_calendar(text) == []
    assert len(Calendar.from_ical(text).subcomponents) == 1


# --- Atom


def test_a_feed_tells_each_story_once() -> None:
    """By its lead, with dates, authors, topics and the language; hostile titles and all."""
    titles = [*HOSTILE, "pas du XML : \ufffe \ud800"]
    records = [record(f"i{n}", title, kind="article", section="press") for n, title in enumerate(titles)]
    records += [record("x1", "Suite", story="i0", leads=False), record("x2", story="s", leads=False, title="Reprise"),
                record("x3", "Le meneur", story="s")]  # fmt: skip
    text = render_atom(build_feed(records, "Veille", "Université", "fr"))
    feed = feedparser.parse(text.encode())
    assert not feed.bozo
    assert feed.version == "atom10"
    assert len(feed.entries) == len(titles) + 1
    assert feed.entries[-1].title == "Le meneur"
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    entry = feed.entries[5]
    assert entry.title == HOSTILE[5]
    assert (entry.link, entry.published) == ("https://a.example/i5?a=1&b=2_%7B", "2026-02-24T00:00:00Z")
    assert [author.name for author in entry.authors] == ["Inès Ben Salah", "Malo Roudaut"]
    assert [tag.term for tag in entry.tags] == ["IA générative", "Évaluation, mesure"]
    assert feed.feed.updated == "2026-03-02T06:00:00Z"


def test_an_empty_feed_is_valid() -> None:
    """It has all that the format requires, and no clock in it."""
    feed = feedparser.parse(render_atom(build_feed([], "Veille", "Université", "fr")))
    assert not feed.bozo
    assert (feed.feed.title, feed.feed.updated) == ("Veille", "1970-01-01T00:00:00Z")
    assert feed.feed.id.startswith("urn:uuid:")


# --- beside an issue


def test_an_issue_leaves_its_papers_and_its_dates() -> None:
    """All of them and nothing else; built again, the same bytes."""
    digest = build(SAMPLE)
    tellings = [t for entry in digest.entries for t in entry.story.tellings]
    papers = {telling.title for telling in tellings if telling.kind == "paper"}
    dated = {t.item_id for t in tellings if isinstance(t.details, Event | Course)}
    assert papers
    assert dated
    assert len(read_bibtex(render_bibliography(digest))) == len(papers)
    entries = read_calendar(render_agenda(digest))
    assert {str(entry["uid"]).partition("@")[0].partition("-")[0] for entry in entries} == dated
    assert render_bibliography(digest) == render_bibliography(build(SAMPLE))
    assert render_agenda(digest) == render_agenda(build(SAMPLE))


def test_an_empty_issue_leaves_valid_files() -> None:
    """An empty bibliography and an empty calendar."""
    digest = build([])
    assert render_bibliography(digest) == ""
    assert read_calendar(render_agenda(digest)) == []


# --- the command


def item(source_id: str, title: str, kind: ItemKind, section: str, details: Details) -> Item:
    url = f"https://{source_id}.example/1"
    return Item(source_id, kind, section, url, url, url, title, "Le CPF et Qualiopi.", ("Marie Le Goff",), "fr", None,
                {}, details, short_hash(title), short_hash(title, "f"))  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two articles, a paper and an event, an issue of them, and hostile titles."""
    folder = tmp_path_factory.mktemp("export") / "home"
    with open_web() as web:
        web.pages["/a"] = build_rss(
            ("q1", "Qualiopi : le guide de lecture change", "Les organismes certifiés Qualiopi ont six mois."),
            ("f1", "=1+1 en formation", "Une formule dans un titre."),
        )
        write_home(folder, web, ["/a"])
        with open_store(folder / "data") as store:
            study = Paper("Une revue", 2026, "journal-article")
            store.save_pages(
                [
                    ("hal", [item("hal", "Qualiopi, une étude", "paper", "research", study)], Bookmark()),
                    ("agenda", [item("agenda", "Salon Qualiopi", "event", "events", SALON)], Bookmark()),
                ],
                SEEN - timedelta(hours=1),
            )
        for command in (["collect", "--no-embed"], ["digest"]):
            assert run_command(["--home", str(folder), "-q", "--now", "2026-03-02T07:00+01:00", *command]) == 0
    return folder


@pytest.fixture
def export(home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Any:
    def run(*arguments: str, code: int = 0) -> bytes:
        capfdbinary.readouterr()
        assert run_command(["--home", str(home), "export", *arguments]) == code
        said = capfdbinary.readouterr()
        return said.out if code == 0 else said.err

    return run


def test_everything_can_be_taken_out(export: Any, tmp_path: Path) -> None:
    """Papers for a bibliography, dated things for a calendar, all for tables and feeds."""
    assert [e["title"] for e in read_bibtex(export("bibtex").decode())] == ["Qualiopi, une étude"]
    assert [e["authors"] for e in rispy.loads(export("ris").decode())] == [["Le Goff, Marie"]]
    assert len(read_calendar(export("ics").decode())) == 3
    assert len(feedparser.parse(export("atom")).entries) == 4
    rows = list(csv.DictReader(io.StringIO(export("csv").decode())))
    assert {row["title"] for row in rows} >= {"'=1+1 en formation", "Salon Qualiopi"}
    (tmp_path / "stdout.parquet").write_bytes(export("parquet"))
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path / 'stdout.parquet'}'").fetchone() == (4,)


def test_what_was_written_is_what_is_counted(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file's references, dates or entries, which may be fewer or more than the items that they are made of."""
    told = {}
    for format in ("bibtex", "ris", "ics", "atom", "csv"):
        assert run_command(["--home", str(home), "export", format, "--output", str(tmp_path / format)]) == 0
        told[format] = capsys.readouterr().err.partition(" in ")[0]
    assert told == {"bibtex": "1 reference", "ris": "1 reference", "ics": "3 dates", "atom": "4 entries",
                    "csv": "4 items"}  # fmt: skip
    assert run_command(["--home", str(home), "--json", "export", "ics", "--output", str(tmp_path / "ics")]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["items"] < counts["dates"], counts["dates"]) == (True, 3)


def test_a_table_is_the_same_as_csv_and_as_parquet(export: Any, tmp_path: Path) -> None:
    """Columns, order and titles; a file of CSV begins with the mark by which spreadsheets know UTF-8."""
    csv_file, parquet = tmp_path / "items.csv", tmp_path / "it's.parquet"
    export("csv", "--output", str(csv_file))
    export("parquet", "--output", str(parquet))
    assert csv_file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(csv_file.read_text("utf-8-sig"), newline="")))
    table = duckdb.read_parquet(str(parquet))
    assert table.columns == list(rows[0])
    assert [defuse(str(title)) for (title,) in table.select("title").fetchall()] == [row["title"] for row in rows]
    assert {path.name for path in tmp_path.iterdir()} == {"items.csv", "it's.parquet"}


def test_an_export_can_be_of_an_issue_a_topic_a_search_or_a_kind(export: Any, home: Path) -> None:
    """Each narrows what is taken out."""
    data = json.loads((home / "reports/2026-W10/hebdo/digest.json").read_bytes())
    shown = {item["item_id"] for section in data["sections"] for e in section["entries"] for item in e["items"]}
    rows = csv.DictReader(io.StringIO(export("csv", "--digest", "hebdo-2026-W10").decode()))
    assert {row["item_id"] for row in rows} == shown
    rows = csv.DictReader(io.StringIO(export("csv", "--topic", "reglementation").decode()))
    assert all(row["topics"] == "reglementation" for row in rows)
    rows = csv.DictReader(io.StringIO(export("csv", "--search", "salon", "--kind", "event").decode()))
    assert [row["title"] for row in rows] == ["Salon Qualiopi"]
    assert "@online{" in export("bibtex", "--kind", "article").decode()


def test_an_issue_and_its_export_agree(export: Any, home: Path) -> None:
    """The same papers under the same keys, the same dates under the same ids."""
    folder = home / "reports/2026-W10/hebdo"
    keys = {entry["key"] for entry in read_bibtex((folder / "digest.bib").read_text("utf-8"))}
    assert keys == {entry["key"] for entry in read_bibtex(export("bibtex", "--digest", "hebdo-2026-W10").decode())}
    entries = read_calendar((folder / "agenda.ics").read_bytes().decode())
    assert {str(e["uid"]) for e in entries} == {
        str(e["uid"]) for e in read_calendar(export("ics", "--digest", "hebdo-2026-W10").decode())
    }


def test_a_name_that_is_not_there_is_told(export: Any) -> None:
    """With what there is."""
    assert b"hebdo-2026-W10" in export("csv", "--digest", "nope", code=2)
    assert b"reglementation" in export("csv", "--topic", "nope", code=2)
    assert b"cannot be written" in export("csv", "--output", "/nonexistent/x.csv", code=1)


def test_the_export_writes_its_one_file_only(home: Path, tmp_path: Path) -> None:
    """The published database is opened with leave to write that path and no other."""
    from veille.store import open_published
    from veille.store.exports import save_parquet

    with open_published(home / "data", may_write=tmp_path / "a.parquet") as connection:
        save_parquet(connection, [], tmp_path / "a.parquet")
        with pytest.raises(StoreError, match="disabled"):
            save_parquet(connection, [], tmp_path / "b.parquet")
    assert {path.name for path in tmp_path.iterdir()} == {"a.parquet"}
