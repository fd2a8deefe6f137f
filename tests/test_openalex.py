"""The kind `openalex`, also through the commands, against a small OpenAlex on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.papers import ask, parse_body, read_case, research_source
from veille.cli import run_command
from veille.harvest import advance
from veille.kinds import UnreadableError
from veille.kinds.openalex import read_inverted, requests
from veille.kinds.scholarly import query_value
from veille.values import Bookmark

PAGE = "https://api.openalex.org/works?search=llm&per-page=4&cursor=%2A"


def test_documented_case() -> None:
    """A page yields the papers that stand beside it, and where it goes on."""
    seen, expected = read_case("openalex", "page", PAGE)
    assert seen == expected


def test_first_request() -> None:
    """Each topic is searched for by name and keywords, in two years, by cursor; the key is a secret."""
    first, second = requests(research_source("openalex", limit=120), Bookmark(), ask("a@example.org", "k3y"))
    wanted = {
        "search": '"IA générative usages" OR "IA générative" OR "generative AI" OR LLM',
        "filter": "from_publication_date:2024-03-02",
        "per-page": "30",
        "mailto": "a@example.org",
        "cursor": "*",
    }
    assert {name: query_value(first.url, name) for name in wanted} == wanted
    assert (first.secrets, "k3y" in first.url) == ((("api_key", "k3y"),), False)
    assert second.series == "tutorat"


def test_what_is_new() -> None:
    """After a pass, what was published since is asked for, and a month before: indexing takes weeks."""
    bookmark = Bookmark(cursor=advance(None, "", None, date(2026, 2, 20)))
    (again,) = requests(research_source("openalex", query="x"), bookmark, ask())
    assert query_value(again.url, "filter") == "from_publication_date:2026-01-21"


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ({"b": [1, 3], "a": [0, 2]}, "a b a b"),
        ({"late": [9], "early": [4]}, "early late"),
        ({"a": ["0", None], "b": 1, "c": [0]}, "c"),
        (None, ""),
        ([], ""),
    ],
)
def test_abstracts(index: object, text: str) -> None:
    """Words stand in the order of their places; odd places are skipped."""
    assert read_inverted(index) == text


def test_the_last_page() -> None:
    """The cursor that was asked with ends the list, as does none."""
    work = '{"id": "https://openalex.org/W1", "title": "A"}'
    for cursor in ('"*"', "null"):
        body = f'{{"meta": {{"next_cursor": {cursor}}}, "results": [{work}]}}'
        assert parse_body("openalex", body.encode(), PAGE).next is None


def test_what_is_no_answer_is_named() -> None:
    """The error says what came instead."""
    with pytest.raises(UnreadableError, match="Invalid query parameters"):
        parse_body("openalex", b'{"error": "x", "message": "Invalid query parameters error."}', PAGE)
    with pytest.raises(UnreadableError, match="check the source's url"):
        parse_body("openalex", b'{"meta": {}}', PAGE)


# --- through the commands


class SmallOpenAlex(ThreadingHTTPServer):
    """Twelve works of each of two topics, found by the first word of the search; filters by day and key."""

    daemon_threads = True

    def __init__(self) -> None:
        self.days = {"alpha": ["2026-02-01"] * 12, "beta": ["2026-02-01"] * 12}
        self.asked: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: SmallOpenAlex

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.asked.append(query)
        name = query["search"].partition(" ")[0]
        since = query["filter"].removeprefix("from_publication_date:")
        found = [number for number, day in enumerate(self.server.days[name]) if day >= since]
        start = 0 if query["cursor"] == "*" else int(query["cursor"])
        rows = int(query["per-page"])
        works = [
            {"id": f"https://openalex.org/W{name}{number}", "title": f"{name} study {number}"}
            for number in found[start : start + rows]
        ]
        following = str(start + rows) if works else None
        body = json.dumps({"meta": {"next_cursor": following}, "results": works}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def openalex() -> Iterator[SmallOpenAlex]:
    server = SmallOpenAlex()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def make_home(home: Path, openalex: SmallOpenAlex) -> Path:
    address = f"127.0.0.1:{openalex.server_address[1]}"
    home.mkdir()
    (home / "organisation.yaml").write_text(
        f"""
organisation: {{name: Exemple}}
topics: [{{id: a, name: alpha, keywords: [alpha one]}}, {{id: b, name: beta, keywords: [beta one]}}]
digests: [{{id: d}}]
network: {{allow_private: ["{address}"]}}
""",
        "utf-8",
    )
    (home / "sources.yaml").write_text(
        f"""
sources:
  - {{id: oa, kind: openalex, url: "http://{address}/works", section: research, options: {{query: topics, limit: 20}}}}
""",
        "utf-8",
    )
    (home / ".env").write_text("VEILLE_OPENALEX_API_KEY=k3y\n", "utf-8")
    return home


def collect(home: Path, day: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    run_command(["--home", str(home), "--json", "collect", "--no-embed", "--now", f"{day}T06:00+01:00"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_every_topic_is_read_to_its_end(
    tmp_path: Path, openalex: SmallOpenAlex, capsys: pytest.CaptureFixture[str]
) -> None:
    """Topics share each run's limit, the next run goes on where the last stopped, and news does not wait for it."""
    home = make_home(tmp_path / "home", openalex)
    assert collect(home, "2026-03-02", capsys)["items_new"] == 20
    assert [query["search"] for query in openalex.asked] == ['alpha OR "alpha one"', 'beta OR "beta one"'] * 2
    openalex.days["alpha"].append("2026-03-02")
    new = [collect(home, f"2026-03-0{day}", capsys)["items_new"] for day in range(3, 6)]
    assert new == [5, 0, 0]
    before = len(openalex.asked)
    assert collect(home, "2026-03-20", capsys)["items_new"] == 0
    assert all(query["cursor"] != "*" or "2026-02" in query["filter"] for query in openalex.asked[before:])


def test_the_key_stays_secret(tmp_path: Path, openalex: SmallOpenAlex, capsys: pytest.CaptureFixture[str]) -> None:
    """The key of the environment is sent, and stands in no file of the home but its own."""
    home = make_home(tmp_path / "home", openalex)
    collect(home, "2026-03-02", capsys)
    assert {query.get("api_key") for query in openalex.asked} == {"k3y"}
    files = [path for path in (home / "data").rglob("*") if path.is_file()]
    assert files
    assert not any(b"k3y" in path.read_bytes() for path in files)
