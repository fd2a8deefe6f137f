"""The whole way, through the commands, over real HTTP and SMTP: nothing lost, nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import LoopbackWeb, build_rss, open_web, write_home
from tests.smtp import Clerk, open_clerk
from veille.cli import run_command
from veille.home import Home, hold_home

MONDAY, NEXT_MONDAY = "2026-03-02T07:00+01:00", "2026-03-09T07:00+01:00"
QUALIOPI = ("q1", "Qualiopi : le guide de lecture change", "Les organismes certifiés Qualiopi ont six mois.")
CPF = ("c1", "CPF : le reste à charge augmente", "Le décret sur le compte personnel de formation est paru.")
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
GARDEN = ("g1", "Les tomates aiment le soleil", "Arrosez le matin, au pied, sans mouiller les feuilles.")


@pytest.fixture
def web() -> Iterator[LoopbackWeb]:
    with open_web() as server:
        yield server


@pytest.fixture
def clerk() -> Iterator[tuple[Clerk, int]]:
    with open_clerk() as opened:
        yield opened


class Runner:
    """Runs commands in a home and reads what they say."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys

    def run(self, *arguments: str, code: int = 0) -> Any:
        self.capsys.readouterr()
        assert run_command(["--home", str(self.home), "--json", *arguments]) == code
        said = self.capsys.readouterr()
        return json.loads(said.out) if said.out else said.err

    def collect(self, now: str = MONDAY, code: int = 0) -> Any:
        return self.run("collect", "--no-embed", "--now", now, code=code)

    def digest(self, now: str = MONDAY, *, send: bool = False, code: int = 0) -> Any:
        return self.run("digest", *(["--send"] if send else []), "--now", now, code=code)["digests"][0]

    def titles(self, week: str = "2026-W10") -> list[str]:
        data = json.loads((self.home / "reports" / week / "hebdo" / "digest.json").read_bytes())
        return [entry["story"]["title"] for section in data["sections"] for entry in section["entries"]]


@pytest.fixture
def runner(tmp_path: Path, web: LoopbackWeb, clerk: tuple[Clerk, int], capsys: pytest.CaptureFixture[str]) -> Runner:
    web.pages["/a"] = build_rss(QUALIOPI, CPF, GARDEN)
    write_home(tmp_path / "home", web, ["/a"], smtp_port=clerk[1])
    return Runner(tmp_path / "home", capsys)


def test_what_is_served_is_kept_once(runner: Runner) -> None:
    """The same feed again brings nothing new, and is not even sent again."""
    assert runner.collect()["items_new"] == 3
    again = runner.collect()
    assert again["items_new"] == 0
    assert [(one["outcome"], one["http_status"]) for one in again["sources"]] == [("unchanged", 304)]


def test_an_edited_entry_is_changed_not_new(runner: Runner, web: LoopbackWeb) -> None:
    """A corrected title updates its item."""
    runner.collect()
    web.pages["/a"] = build_rss(("q1", "Qualiopi : le guide de lecture est paru", QUALIOPI[2]), CPF, GARDEN)
    told = runner.collect(NEXT_MONDAY)
    assert (told["items_new"], told["items_changed"]) == (0, 1)
    assert {row["title"] for row in runner.run("sql", "SELECT title FROM items")} >= {
        "Qualiopi : le guide de lecture est paru"
    }


def test_a_bad_source_costs_itself_only(runner: Runner, web: LoopbackWeb, clerk: tuple[Clerk, int]) -> None:
    """The others are collected, and the exit code is that of a done job."""
    web.pages["/broken"] = b"<html><head><title>Maintenance</title></head><body>Back soon</body></html>"
    web.pages["/down"] = 500
    write_home(runner.home, web, ["/a", "/broken", "/down", "/missing"], smtp_port=clerk[1])
    told = runner.collect()
    outcomes = {one["source_id"]: one["outcome"] for one in told["sources"]}
    assert outcomes == {"a": "new", "broken": "failed", "down": "failed", "missing": "failed"}
    assert all(one["error"] for one in told["sources"] if one["outcome"] == "failed")


def test_a_collection_in_which_all_failed_is_not_done(runner: Runner, web: LoopbackWeb) -> None:
    """Exit code 1, and the run is recorded as such."""
    web.pages["/a"] = 503
    runner.collect(code=1)
    assert [row["exit_code"] for row in runner.run("sql", "SELECT exit_code FROM runs")] == [1]


def test_a_failing_source_is_well_again_with_its_next_whole_answer(runner: Runner, web: LoopbackWeb) -> None:
    """After a failure the validators are not sent, so that health is shown by a real answer."""
    runner.collect()
    page, web.pages["/a"] = web.pages["/a"], 500
    runner.collect(code=1)
    web.pages["/a"] = page
    assert runner.collect()["sources"][0]["http_status"] == 200
    assert runner.run("sql", "SELECT state FROM sources") == [{"state": "ok"}]


def test_the_digest_has_what_matters_and_the_same_bytes_each_time(runner: Runner) -> None:
    """Stories of the topic, not the garden; built again, nothing differs."""
    runner.collect()
    issue = runner.digest()
    files = {path.name: path.read_bytes() for path in Path(issue["path"]).iterdir()}
    assert {"digest.html", "digest.txt", "digest.json"} <= files.keys()
    assert set(runner.titles()) == {QUALIOPI[1], CPF[1]}
    runner.digest()
    assert files == {path.name: path.read_bytes() for path in Path(issue["path"]).iterdir()}


def test_a_past_week_is_built_again_without_what_came_later(runner: Runner, web: LoopbackWeb) -> None:
    """Nothing first seen after --now has a part in it."""
    runner.collect()
    issue = runner.digest()
    before = (Path(issue["path"]) / "digest.html").read_bytes()
    later = [(f"n{n}", f"Qualiopi et CPF, décision {n}", "Une décision de plus sur la formation.") for n in range(8)]
    web.pages["/a"] = build_rss(*later, QUALIOPI, CPF, GARDEN)
    runner.collect("2026-03-05T06:00+01:00")
    runner.digest()
    assert (Path(issue["path"]) / "digest.html").read_bytes() == before


def test_a_digest_is_sent_once_and_then_stays(runner: Runner, web: LoopbackWeb, clerk: tuple[Clerk, int]) -> None:
    """A second send mails nobody; what comes after goes into the next issue."""
    runner.collect()
    assert runner.digest(send=True)["sent"] == 1
    web.pages["/a"] = build_rss(("n1", "Qualiopi : un décret de plus", "Formation."), QUALIOPI, CPF, GARDEN)
    runner.collect("2026-03-04T06:00+01:00")
    again = runner.digest("2026-03-04T07:00+01:00", send=True)
    assert (again["sent"], len(clerk[0].accepted)) == (0, 1)
    assert set(runner.titles()) == {QUALIOPI[1], CPF[1]}
    runner.digest(NEXT_MONDAY, send=True)
    assert runner.titles("2026-W11") == ["Qualiopi : un décret de plus"]


def test_a_mail_server_that_is_down_delays_and_loses_nothing(
    runner: Runner, web: LoopbackWeb, clerk: tuple[Clerk, int]
) -> None:
    """The message waits, the command says so, and the next send delivers it, once."""
    write_home(runner.home, web, ["/a"], smtp_port=9)
    runner.collect()
    assert runner.digest(send=True, code=1)["waiting"] == 1
    write_home(runner.home, web, ["/a"], smtp_port=clerk[1])
    assert runner.digest(send=True)["sent"] == 1
    assert runner.digest(send=True)["sent"] == 0


def test_an_issue_that_the_mail_server_kept_waiting_comes_with_the_next(
    runner: Runner, web: LoopbackWeb, clerk: tuple[Clerk, int]
) -> None:
    """Nothing is lost: last week's mail goes out beside this week's, as it was written then."""
    write_home(runner.home, web, ["/a"], smtp_port=9)
    runner.collect()
    runner.digest(send=True, code=1)
    write_home(runner.home, web, ["/a"], smtp_port=clerk[1])
    told = runner.run("digest", "--send", "--now", NEXT_MONDAY)["digests"]
    assert [(one["week"], one["sent"]) for one in told] == [("2026-W11", 1), ("2026-W10", 1)]
    assert len({one.message_id for one in clerk[0].accepted}) == 2


def test_what_did_not_fit_rolls_over(runner: Runner, web: LoopbackWeb) -> None:
    """Seven stories in a topic of five places: five now, two next week, none twice."""
    decisions = ("apprentis", "bilans", "jurys", "stages", "tuteurs", "contrats", "référents")
    web.pages["/a"] = build_rss(
        *(
            (f"d{n}", f"CPF, Qualiopi et les {word}", f"Ce que la réforme de la formation change pour les {word}.")
            for n, word in enumerate(decisions)
        ),
        *((f"g{n}", f"Semer en {month}", f"Au jardin, {month} est un bon mois.") for n, month in enumerate(MONTHS)),
    )
    runner.collect()
    runner.digest()
    runner.collect(NEXT_MONDAY)
    runner.digest(NEXT_MONDAY)
    first, second = runner.titles(), runner.titles("2026-W11")
    assert (len(first), len(second), set(first) & set(second)) == (5, 2, set())


def test_an_archive_does_not_flood_the_first_digest(runner: Runner, web: LoopbackWeb) -> None:
    """Entries that are older than the audience wants, by their own date, are kept but not shown."""
    web.pages["/a"] = build_rss(QUALIOPI, CPF, date="Mon, 03 Mar 2025 08:00:00 +0100")
    assert runner.collect()["items_new"] == 2
    assert runner.digest()["entries"] == 0
    assert "digest.html" in {path.name for path in (runner.home / "reports/2026-W10/hebdo").iterdir()}


def test_a_held_home_and_a_broken_file_have_their_exit_codes(runner: Runner) -> None:
    """3 while another run writes, 2 for a configuration that cannot be used or a name that is not in it."""
    with hold_home(Home(runner.home)):
        assert "holds" in runner.collect(code=3)
    assert "nobody" in runner.run("collect", "--source", "nobody", code=2)
    (runner.home / "sources.yaml").write_text("sources: [{id: a, kind: rsss}]")
    assert "sources.yaml:1" in runner.collect(code=2)


def test_search_finds_by_words_without_any_vector(runner: Runner) -> None:
    """The story that has the asked words comes first."""
    runner.collect()
    assert [row["title"] for row in runner.run("search", "reste à charge du CPF")][:1] == [CPF[1]]


def test_a_search_says_when_only_meaning_found(runner: Runner) -> None:
    """For words that no text has, what is nearest is told as such; to ask for nothing is refused."""
    assert runner.run("collect", "--now", MONDAY)["items_new"] == 3
    for question, said in (("zzzzqqq", "No text has these words; these are nearest in meaning.\n"), ("CPF", "")):
        assert [row["score"] <= 0.5 for row in runner.run("search", question)][:1] == [bool(said)]
        run_command(["--home", str(runner.home), "search", question])
        assert runner.capsys.readouterr().err == said
    assert "say what to search for" in runner.run("search", " ", code=2)
    assert "say what to search for" in runner.run("export", "csv", "--search", "", code=2)


def test_a_page_is_read_only_where_its_site_allows(runner: Runner, web: LoopbackWeb) -> None:
    """robots.txt is asked before a page is; what it forbids is refused with the reason, and never fetched."""
    web.pages["/agenda"] = b"<html><head><title>Agenda</title></head><body><p>Salon</p></body></html>"
    web.pages["/robots.txt"] = b"User-agent: *\nDisallow: /agenda\n"
    (runner.home / "sources.yaml").write_text(
        f"sources: [{{id: agenda, kind: page, url: '{web.url('/agenda')}', options: {{watch: true}}}}]"
    )
    told = runner.collect(code=1)["sources"][0]
    assert (told["outcome"], "robots.txt" in told["error"], web.asked) == ("refused", True, ["/robots.txt"])
    web.pages["/robots.txt"] = 404
    assert runner.collect()["sources"][0]["items_new"] == 1


def test_months_of_edits_stop_no_digest(runner: Runner, web: LoopbackWeb) -> None:
    """What is edited in each of ten weeks is told once, and again in the one week in which it was cancelled."""

    def build_calendar(week: int) -> bytes:
        status = "CANCELLED" if week >= 8 else "CONFIRMED"
        return (
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260910\r\n"
            f"SUMMARY:Journée Qualiopi et CPF\r\nLOCATION:Salle {week}\r\nSTATUS:{status}\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n"
        ).encode()

    with (runner.home / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  - {{id: agenda, kind: ical, url: '{web.url('/agenda')}', section: events}}\n")
    told = []
    for week in (0, 1, 6, 8, 9):
        now = (datetime(2026, 3, 2, 6, tzinfo=UTC) + timedelta(weeks=week)).isoformat()
        web.pages |= {
            "/agenda": build_calendar(week),
            "/a": build_rss((*QUALIOPI[:2], f"Version {week} du guide."), CPF),
        }
        runner.collect(now)
        runner.digest(now, send=True)
        told.append(runner.titles(f"2026-W{10 + week}"))
    event = "Journée Qualiopi et CPF"
    assert [sorted(titles) for titles in told] == [sorted([QUALIOPI[1], CPF[1], event]), [], [], [event], []]


RECORDS = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{}</OAI-PMH>'
NO_RECORDS = RECORDS.format('<error code="noRecordsMatch"/>').encode()
ONE_RECORD = RECORDS.format(
    """<ListRecords><record><header><identifier>oai:a:1</identifier></header><metadata>
    <dc xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:d="http://purl.org/dc/elements/1.1/">
    <d:title>Le tutorat entre pairs</d:title><d:date>2026-02-27</d:date>
    <d:identifier>https://a.example.org/1</d:identifier></dc></metadata></record></ListRecords>"""
).encode()


def test_nothing_new_since_the_last_records_is_no_empty_source(runner: Runner, web: LoopbackWeb) -> None:
    """An archive that is asked for what came since, and has nothing, is well; one that never had anything is empty."""
    (runner.home / "sources.yaml").write_text(
        "sources:\n"
        + "".join(f"- {{id: {name}, kind: oai, url: '{web.url('/' + name)}'}}\n" for name in ("bare", "held"))
    )
    listed = "?verb=ListRecords&metadataPrefix=oai_dc"
    web.pages |= {
        f"/{name}{listed}{since}": NO_RECORDS for name in ("bare", "held") for since in ("", "&from=2026-03-01")
    }
    web.pages[f"/held{listed}"] = ONE_RECORD
    told = [[row["outcome"] for row in runner.collect(f"2026-03-{day:02d}T07:00+01:00")["sources"]] for day in (2, 3)]
    assert told == [["empty", "new"], ["unchanged", "unchanged"]]
    rows = runner.run("sql", "SELECT source_id, state FROM sources ORDER BY source_id", "--format", "json")
    assert {row["source_id"]: row["state"] for row in rows} == {"bare": "empty", "held": "ok"}


def test_a_busy_server_is_left_alone_longer_each_time(runner: Runner, web: LoopbackWeb) -> None:
    """After a 503 without Retry-After nothing is asked for a quarter of an hour, then for half an hour."""
    web.pages["/a"] = 503
    for minute, asked in ((0, 1), (10, 1), (16, 2), (40, 2), (50, 3)):
        runner.collect(f"2026-03-02T07:{minute:02d}+01:00", code=1)
        assert len(web.asked) == asked
