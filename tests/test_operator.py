"""The operator may do anything: broken files, moved and renamed sources, any SQL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loopback import LoopbackWeb, build_rss, open_web, write_home
from veille.cli import run_command
from veille.config.files import ConfigError, parse_config
from veille.store import StoreError, load_rows, open_published, open_store

LEAST = b"organisation: {name: U}\ntopics: [{id: ia, name: IA}]\ndigests: [{id: hebdo}]\n"
SOURCE = "sources: [{id: a, kind: rss, url: 'https://a.example/'%s}]"
PAGE = "sources: [{id: a, kind: page, url: 'https://a.example/', options: %s}]"
LABEL = "a" * 64


@pytest.mark.parametrize(
    ("body", "said"),
    [
        # ids and values that YAML reads as something else
        ("sources: [{id: no, kind: rss, url: 'https://a.example/'}]", "sources[0].id: found False; allowed: text: in"),
        ("sources: [{id: 2026-01-31, kind: rss, url: 'https://a.example/'}]", "sources[0].id: found 2026-01-31"),
        ("sources: [{id: , kind: rss, url: 'https://a.example/'}]", "sources[0].id: found nothing"),
        ("sources: [{id: [a], kind: rss, url: 'https://a.example/'}]", "sources[0].id: found ['a']"),
        (SOURCE % ", weight: 1:30", "sources[0].weight: found 90"),
        (SOURCE % ", weight: .nan", "sources[0].weight: found nan"),
        (SOURCE % f", weight: {'9' * 5000}", "sources[0].weight: found '999"),
        (SOURCE % ", language: no", "sources[0].language: found False"),
        # shapes
        ("sources:", "sources: found nothing; allowed: a list"),
        ("sources: hello", "sources: found 'hello'; allowed: a list"),
        ("sources:\n  -\n", "sources.yaml:2: sources[0]: found nothing; allowed: keys and values"),
        ("sources:\n  - hello\n", "sources.yaml:2: sources[0]: found 'hello'; allowed: keys and values"),
        ("2026-01-31", "sources.yaml:1: found 2026-01-31; allowed: keys and values"),
        ("? [a, b]\n: c\n", "an unknown key '?'"),
        ("sources: [{id: a, kind: [rss]}]", "sources[0].kind: found ['rss']"),
        (SOURCE % ", options: [1]", "sources[0].options: found [1]; allowed: keys and values"),
        ("".join(f"k{n}: 1\n" for n in range(1000)), "sources.yaml:100: k99: found an unknown key"),
        ("".join(f"k{n}: 1\n" for n in range(1000)), "… and 900 more"),
        # YAML's own ways
        ("sources:\n\t- {id: a}\n", "sources.yaml:2"),
        ("sources: [{id: 'a}]", "sources.yaml:1"),
        ("sources: !!python/object/apply:os.system ['id']", "no YAML tags"),
        ("sources: !!binary aGk=", "no YAML tags"),
        ("sources: !!bool hello", "sources: found 'hello'"),
        ("sources: !!timestamp hello", "sources: found 'hello'"),
        ("sources: !!seq hello", "sources: found 'hello'"),
        ("sources: []\n---\nsources: []\n", "sources.yaml:2"),
        ("sources: []\nsources: []\n", "sources.yaml:2: sources: found the key 'sources' a second time"),
        ("sources: *nowhere", "sources.yaml:1"),
        ("%FOO bar\n---\nsources: []\n", "sources.yaml:1"),
        ("x: &x {kind: rss}\nsources: [{<<: *x, id: a}]", "an unknown key '<<'"),
        ("\n" * 3 + "a:\n" + "".join(" " * n + "a:\n" for n in range(1, 99)), "nested too deeply"),
        ('sources: [{id: "a\\0b", kind: rss, url: "https://a.example/"}]', "sources[0].id: found 'a\\x00b'"),
        ("# " + "x" * 2_100_000, "a file of 2,100,002 bytes"),
        # what only its meaning shows to be wrong
        (SOURCE.replace("a.example", "a..example") % "", "sources[0].url: found 'https://a..example/'"),
        (SOURCE.replace("a.example", LABEL) % "", "sources[0].url: found"),
        (SOURCE.replace("https", "file") % "", "sources[0].url: found 'file://"),
        (SOURCE.replace("a.example", "u:p@a.example") % "", "without a password in it"),
        (PAGE % "{selectors: {item: 'div['}}", "sources[0].options.selectors: found {'item': 'div['}"),
        (PAGE % "{selectors: {item: 'h2::before'}}", "is not CSS"),
        (PAGE % "{selectors: {titel: h2}}", "options.selectors has titel; there are: item, title"),
        ("sources: [{id: a, kind: hal, options: {query: x, from: '2026-99'}}]", "options.from: found '2026-99'"),
    ],
)  # fmt: skip
def test_a_broken_list_of_sources_says_where_and_what(body: str, said: str) -> None:
    """File, line, key, what was found and what is allowed; never a traceback."""
    with pytest.raises(ConfigError) as caught:
        parse_config(LEAST, body.encode())
    assert said in str(caught.value)
    assert all(re.match(r"sources\.yaml:\d+: .*found .+; allowed: .+", str(one)) for one in caught.value.problems)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("name: U", "name: U, timezone: Mars/Base"), "organisation.timezone: found 'Mars/Base'"),
        (("name: U", "name: U, timezone: ../../etc/passwd"), "organisation.timezone: found '../../etc/passwd'"),
        (("name: U", 'name: U, timezone: "a\\0b"'), "organisation.timezone"),
        (("name: U", "name: no"), "organisation.name: found False"),
        (("name: IA", "name: IA, keywords: IA"), "topics[0].keywords: found 'IA'; allowed: a list"),
        (("id: ia,", "id: {a: b},"), "topics[0].id: found {'a': 'b'}"),
        (("{id: hebdo}", "{id: hebdo, topics: [[ia]]}"), "digests[0].topics: found ['ia']"),
        (("{id: hebdo}", "{id: hebdo, topics: [nobody]}"), "found the topic 'nobody', which is not defined"),
        (("{id: hebdo}", "{id: hebdo, max_age_days: {default: 99999999999}}"), "max_age_days.default: found 9999"),
        (("{id: hebdo}", '{id: hebdo, to: ["a@b.c\\r\\nBcc: d@e.f"]}'), "digests[0].to[0]"),
        (("{id: hebdo}", "{id: ../up}"), "digests[0].id: found '../up'"),
        (("\n", "\nschedule: {collect: '0 6 31 2 *'}\n"), "schedule.collect: found '0 6 31 2 *'"),
        (("\n", "\nschedule: {collect: 'R R * * *'}\n"), "schedule.collect: found 'R R * * *'"),
        (("\n", "\nschedule: {digest: 5}\n"), "schedule.digest: found 5"),
        (("\n", "\nmail:\n"), "mail: found nothing; allowed: keys and values"),
        (("\n", "\nmail: {password: secret}\n"), "mail.password: found an unknown key 'password'"),
        (("\n", '\nmail: {host: "a\\r\\nb"}\n'), "mail.host"),
        (("\n", '\nnetwork: {contact: "a\\r\\nX: y"}\n'), "network.contact"),
        (("\n", "\nnetwork: {allow_private: [10:30]}\n"), "network.allow_private[0]: found 630"),
    ],
)
def test_a_broken_organisation_says_where_and_what(change: tuple[str, str], said: str) -> None:
    """Likewise for who it is for."""
    with pytest.raises(ConfigError) as caught:
        parse_config(LEAST.decode().replace(*change, 1).encode(), b"")
    assert said in str(caught.value)
    assert all(re.match(r"organisation\.yaml:\d+: .*found .+; allowed: .+", str(one)) for one in caught.value.problems)


@pytest.mark.parametrize("day", ["2026-01-05", "2026", "'2026-01'"])
def test_a_first_day_needs_no_quotes(day: str) -> None:
    """What YAML reads as a date or a number is taken as it was written."""
    config = parse_config(LEAST, f"sources: [{{id: a, kind: hal, options: {{query: x, from: {day}}}}}]".encode())
    assert config.sources[0].options


def test_names_are_one_line() -> None:
    """They go into subjects and headers: no line break of theirs does."""
    config = parse_config(LEAST.replace(b"name: U", b'name: "U\\r\\nBcc: x@y.z"'), b"")
    assert config.organisation.name == "U Bcc: x@y.z"


# --- sources that move ----------------------------------------------------------------------------------------------


@pytest.fixture
def web() -> Iterator[LoopbackWeb]:
    with open_web() as server:
        yield server


def test_old_items_are_no_news_whatever_happens_to_their_source(
    web: LoopbackWeb, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Disabled, enabled again, moved to another address, renamed: what was shown, or was there before, is not shown."""

    def run(now: str, command: str, *more: str) -> list[str]:
        capsys.readouterr()
        assert run_command(["--home", str(tmp_path), "--now", f"{now}T07:00+01:00", "--json", command, *more]) == 0
        if command != "digest":
            return []
        folder = Path(json.loads(capsys.readouterr().out)["digests"][0]["path"])
        sections = json.loads((folder / "digest.json").read_bytes())["sections"]
        return [entry["story"]["title"] for section in sections for entry in section["entries"]]

    def week(now: str) -> list[str]:
        run(now, "collect", "--no-embed")
        return run(now, "digest")

    words = ("apprentis", "bilans", "jurys", "stages", "tuteurs")
    old = [(f"q-{word}", f"CPF, Qualiopi et les {word}", f"La réforme de la formation des {word}.") for word in words]
    months = ("janvier", "mars", "avril", "mai", "juin", "juillet", "août", "octobre", "novembre", "décembre")
    other = build_rss(*((f"g-{month}", f"Semer en {month}", f"Au jardin, {month} est doux.") for month in months))
    web.pages.update({"/a": build_rss(*old), "/moved": build_rss(*old), "/b": other})
    write_home(tmp_path, web, ["/a", "/b"])
    file = tmp_path / "sources.yaml"
    shown = week("2026-03-09")
    assert sorted(shown) == sorted(title for _, title, _ in old)

    written = file.read_text("utf-8")
    for now, change in (
        ("2026-03-16", ("id: a,", "id: a, enabled: false,")),
        ("2026-03-23", ("id: a,", "id: a,")),
        ("2026-03-30", ("/a'", "/moved'")),
        ("2026-04-06", ("id: a,", "id: renamed,")),
    ):
        file.write_text(written.replace(*change), "utf-8")
        assert week(now) == [], change


# --- SQL ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a home with nothing in it, and a file beside the published copy."""
    folder = tmp_path_factory.mktemp("data")
    with open_store(folder) as store:
        store.publish()
    (folder / "beside.csv").write_text("a\n1\n")
    return folder


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{data}/beside.csv')", "SELECT * FROM '{data}/beside.csv'",
        "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM read_json('{data}/beside.csv')", "SELECT * FROM read_parquet('{data}/beside.csv')",
        "SELECT * FROM sniff_csv('{data}/beside.csv')", "SELECT * FROM parquet_metadata('{data}/beside.csv')",
        "SELECT * FROM glob('/*')", "SELECT getenv('HOME')", "FROM 'https://example.org/a.csv'",
        "COPY (SELECT 1) TO '{data}/out.csv'", "COPY items TO '{data}/out.parquet'",
        "SELECT 1; COPY (SELECT 1) TO '{data}/out.csv'",
        "EXPORT DATABASE '{data}/out'", "IMPORT DATABASE '{data}/out'", "PRAGMA import_database('{data}/out')",
        "ATTACH '{data}/store.duckdb' AS s", "ATTACH '{data}/out.duckdb'", "INSTALL httpfs", "LOAD httpfs",
        "CREATE SECRET s (TYPE s3)", "SELECT * FROM duckdb_secrets()", "SELECT * FROM sqlite_scan('a', 'b')",
        "SET memory_limit = '10GB'", "SET enable_external_access = true", "RESET enable_external_access",
        "SET lock_configuration = false", "PRAGMA memory_limit = '9GB'", "PRAGMA threads = 8",
        "SET profiling_output = '{data}/out'", "SET temp_directory = '{data}'", "SET home_directory = '{data}'",
        "CREATE TABLE t AS SELECT 1", "DELETE FROM kept.items", "UPDATE kept.items SET title = ''", "DROP VIEW items",
        "INSERT INTO kept.items SELECT * FROM kept.items", "CREATE MACRO f() AS 1", "DETACH veille",
        "FROM read_text('/proc/self/environ')", "SELECT * FROM read_ndjson_objects('/etc/passwd')", "FROM rows",
        "FROM connection", "FROM query_table('/etc/passwd')", "COPY (FROM items) TO '/dev/stdout'", "RESET ALL",
        "USE memory; CREATE TABLE t (a VARCHAR); COPY t FROM '/etc/passwd'", "ATTACH '{data}/out.duckdb' AS out",
        "CREATE TEMP VIEW v AS FROM read_text('/etc/passwd')", "SET allowed_directories = ['/']",
        "SET allowed_paths = ['/etc/passwd']", "LOAD '/tmp/x.duckdb_extension'", "INSTALL json FROM community",
        "UPDATE EXTENSIONS", "TRUNCATE kept.items", "ALTER TABLE kept.items ADD COLUMN x INTEGER",
        "BEGIN; DROP SCHEMA kept CASCADE; COMMIT", "SET GLOBAL enable_profiling = 'json'", "SET SESSION threads = 8",
        "FROM parquet_kv_metadata('/x')", "FROM which_secret('x', 's3')", "SELECT nextval('x')",
        "PRAGMA profiling_output = '{data}/out'", "FROM 's3://bucket/a.parquet'", "FROM '{data}/../organisation.yaml'",
    ],
)  # fmt: skip
def test_sql_reads_the_published_copy_and_nothing_else(query: str, data: Path) -> None:
    """No file, no environment, no network, no extension, no setting, no writing."""
    before = {path: path.stat().st_mtime_ns for path in data.iterdir()}
    with open_published(data) as connection, pytest.raises(StoreError):
        load_rows(connection, query.format(data=data))
    assert {path: path.stat().st_mtime_ns for path in data.iterdir()} == before


@pytest.mark.parametrize("query", ["", "  ;", "-- nothing"])
def test_no_query_has_no_rows(query: str, data: Path) -> None:
    """An empty question is answered by nothing."""
    with open_published(data) as connection:
        assert load_rows(connection, query) == ([], [])
