"""The commands on sources: what is behind an address, the line in the file, lists in and out, and how sources are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import LoopbackWeb, build_rss, open_web, write_home
from veille.cli import run_command
from veille.config import Source
from veille.home import Home, load_config
from veille.sources.adding import add_sources
from veille.sources.listing import add_lines, build_id, build_line

NOW = "2026-03-02T07:00+01:00"
FEED = build_rss(
    ("a1", "Un premier article", "Texte."), ("a2", "Un second article", "Texte."), title="Le blog du campus"
)
LINE = '{id: new, kind: rss, url: "https://new.example.org/"}'


@pytest.fixture
def web() -> Iterator[LoopbackWeb]:
    with open_web() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, web: LoopbackWeb) -> Path:
    write_home(tmp_path, web, ["/known"])
    web.pages["/known"] = build_rss(("k", "Connu", "Texte."))
    (tmp_path / "sources.yaml").write_text(
        f"# Ours\nsources:\n\n  # the one\n  - {{id: known, kind: rss, url: '{web.url('/known')}'}}  # kept\n\n# end\n",
        "utf-8",
    )
    return tmp_path


def run(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run_command(["--home", str(home), "--now", NOW, "--json", "sources", *arguments]) == code
    said = capsys.readouterr()
    return json.loads(said.out) if said.out else said.err


def test_add_finds_the_feed_of_a_page(home: Path, web: LoopbackWeb, capsys: pytest.CaptureFixture[str]) -> None:
    """A page's feed is found, tried, and written as a line after the last source; nothing else in the file changes."""
    web.pages["/blog/"] = b'<html><head><link rel="alternate" type="application/rss+xml" href="flux.xml"></head></html>'
    web.pages["/blog/flux.xml"] = FEED
    before = (home / "sources.yaml").read_text("utf-8")
    said = run(home, capsys, "add", web.url("/blog/"), "--section", "technology", "--language", "fr")
    url = web.url("/blog/flux.xml")
    assert said["source"] == {
        "id": "le-blog-du-campus", "kind": "rss", "url": url, "section": "technology", "language": "fr",
    }  # fmt: skip
    assert (said["items"], said["newest_at"], said["written"]) == (2, "2026-03-01T07:00:00+00:00", True)
    line = f'{{id: le-blog-du-campus, kind: rss, url: "{url}", section: technology, language: fr}}'
    after = before.replace("# kept\n", f"# kept\n  # Le blog du campus\n  - {line}\n")
    assert (home / "sources.yaml").read_text("utf-8") == after
    assert [row["source_id"] for row in run(home, capsys, "list")] == ["known", "le-blog-du-campus"]


def test_add_tries_the_usual_places(home: Path, web: LoopbackWeb, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a page names no feed, the usual places are tried; what only looks like a feed is passed by."""
    web.pages["/"] = b"<html><body><a href='/rss.xml'>RSS</a></body></html>"
    web.pages["/rss.xml"] = b"<html>Moved</html>"
    web.pages["/spip.php?page=backend"] = FEED
    said = run(home, capsys, "add", web.url("/"), "--dry-run")
    assert said["source"]["url"] == web.url("/spip.php?page=backend")
    assert not said["written"]
    assert "spip" not in (home / "sources.yaml").read_text("utf-8")


def test_add_finds_a_catalogue(home: Path, web: LoopbackWeb, capsys: pytest.CaptureFixture[str]) -> None:
    """A course catalogue is recognised by its content, and goes to the section of courses."""
    web.pages["/api/v1.0/courses/"] = web.pages["/api/v1.0/courses/?limit=100"] = json.dumps(
        {"meta": {"total_count": 1}, "objects": [{"id": "7", "title": "Un cours", "organization_highlighted": "U"}]}
    ).encode()
    said = run(home, capsys, "add", web.url("/api/v1.0/courses/"), "--id", "catalogue")
    assert said["source"] == {
        "id": "catalogue", "kind": "courses", "url": web.url("/api/v1.0/courses/"), "section": "moocs",
    }  # fmt: skip


def test_a_page_that_names_no_source_is_not_taken_for_another_of_its_site(
    home: Path, web: LoopbackWeb, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where only a guess led to what is there already, the page that was asked for is what is spoken of."""
    web.pages |= {"/page.html": b"<html><title>Page</title></html>", "/feed": web.pages["/known"]}
    text = (home / "sources.yaml").read_text("utf-8")
    (home / "sources.yaml").write_text(text.replace("/known", "/feed"), "utf-8")
    told = run(home, capsys, "add", web.url("/page.html"), code=1)
    assert f"{web.url('/page.html')} names no source." in told
    assert f"there already, as known: {web.url('/feed')}" in told
    assert "watch: true" in told


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["{known}?utm_source=x"], 1, "It is there already, as known"),
        (["{nothing}"], 1, "404"),
        (["{empty}"], 1, "No feed, calendar"),
        (["{known}", "--id", "known"], 2, "the id 'known' is taken"),
        (["{known}", "--id", "Un Nom"], 2, "lower-case letters"),
        (["{known}", "--section", "presse"], 2, "press, research, technology"),
        (["ftp://e.org/"], 1, "is not an address of the web"),
        (["{plain}"], 1, "write http:// before it"),
    ],
)
def test_add_refuses(
    home: Path, web: LoopbackWeb, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    """What is there already, what is nothing and what is not allowed changes no file, and is said."""
    web.pages |= {"/known?utm_source=x": web.pages["/known"], "/empty": b"<html></html>"}
    places = {name: web.url(f"/{name}") for name in ("known", "nothing", "empty")}
    places["plain"] = web.url("/known").removeprefix("http://")
    before = (home / "sources.yaml").read_bytes()
    told = run(home, capsys, "add", *(word.format(**places) for word in arguments), code=code)
    assert said in told
    assert "tried again" not in told
    assert (home / "sources.yaml").read_bytes() == before


def test_import_and_export(home: Path, web: LoopbackWeb, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A list's new feeds become lines, those known are told; what is exported is known when it is imported again."""
    path = tmp_path / "feeds.opml"
    path.write_text(
        f"""<opml version="2.0"><body><outline text="Recherche">
        <outline text="Revue" xmlUrl="https://revue.example.org/f?a=1&amp;b=2"/>
        <outline text="Connu" xmlUrl="{web.url("/known")}"/></outline></body></opml>""",
        "utf-8",
    )
    assert not run(home, capsys, "import", str(path), "--dry-run")["written"]
    said = run(home, capsys, "import", str(path))
    assert said["added"] == [
        {"source_id": "revue", "section": "research", "url": "https://revue.example.org/f?a=1&b=2"}
    ]
    assert [row["why"] for row in said["skipped"]] == ["it is there already, as known"]
    assert run_command(["--home", str(home), "-q", "sources", "export"]) == 0
    path.write_text(capsys.readouterr().out, "utf-8")
    again = run(home, capsys, "import", str(path))
    assert (again["added"], len(again["skipped"])) == ([], 2)


def test_import_tells_the_line(home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A list that cannot be read is bad usage, with its line; so is a file that is not there."""
    path = tmp_path / "feeds.opml"
    path.write_text("<opml>\n<body>\n</opml>", "utf-8")
    assert f"{path}: line 3: mismatched tag" in run(home, capsys, "import", str(path), code=2)
    assert "No such file" in run(home, capsys, "import", str(tmp_path / "other.opml"), code=2)


def test_check_says_how_each_is(home: Path, web: LoopbackWeb, capsys: pytest.CaptureFixture[str]) -> None:
    """A row a source: reachable, of its kind, its newest item; one that is well is enough for success."""
    web.pages |= {"/ics": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "/html": b"<html></html>", "/none": build_rss()}
    rows = [f"  - {{id: {name}, kind: rss, url: '{web.url('/' + name)}'}}" for name in ("ics", "html", "none", "down")]
    with (home / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    said = {row["source_id"]: row for row in run(home, capsys, "check")}
    assert {name: row["verdict"] for name, row in said.items()} == {
        "known": "ok", "ics": "wrong-kind", "html": "unreadable", "none": "empty", "down": "failed",
    }  # fmt: skip
    assert said["known"]["newest"] == "Connu"
    assert "write kind: ical" in said["ics"]["advice"]
    assert [row["source_id"] for row in run(home, capsys, "check", "--source", "known")] == ["known"]
    assert run(home, capsys, "check", "--source", "down", "--source", "html", code=1)
    assert "No source is called other" in run(home, capsys, "check", "--source", "other", code=2)


def test_check_asks_leave_to_read_a_page(home: Path, web: LoopbackWeb, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that a collection would refuse is not well, and is not fetched to find out."""
    web.pages |= {"/robots.txt": b"User-agent: *\nDisallow: /agenda\n", "/agenda": b"<title>Agenda</title><p>Salon</p>"}
    with (home / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  - {{id: agenda, kind: page, url: '{web.url('/agenda')}', options: {{watch: true}}}}\n")
    (said,) = run(home, capsys, "check", "--source", "agenda", code=1)
    assert (said["verdict"], "robots.txt" in said["advice"], web.asked) == ("failed", True, ["/robots.txt"])


def test_check_tells_silence(home: Path, web: LoopbackWeb, capsys: pytest.CaptureFixture[str]) -> None:
    """A source that brings nothing any more, or whose dates are all over, is reachable and yet no use."""
    feed = build_rss(("1", "Un", "Texte."), ("2", "Deux", "Texte."), date="Sun, 08 Jun 2025 08:00:00 +0200")
    web.pages |= {
        "/ended": feed,
        "/over": b'[{"name": "Salon", "startDate": "2025-05-01"}]',
        "/ahead": b'[{"name": "Salon", "startDate": "2026-05-01"}, {"name": "Forum", "startDate": "2026-04-01"}]',
    }
    kinds = {"ended": "rss", "over": "events", "ahead": "events"}
    rows = [f"  - {{id: {name}, kind: {kind}, url: '{web.url('/' + name)}'}}" for name, kind in kinds.items()]
    with (home / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    said = {row["source_id"]: row for row in run(home, capsys, "check")}
    assert [said[name]["verdict"] for name in kinds] == ["stale", "stale", "ok"]
    assert said["ended"]["advice"] == "Nothing new since 2025-06-08: it may have ended, or moved."
    assert "dates are over" in said["over"]["advice"]
    assert said["ahead"]["newest"] == "Forum (2026-04-01)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sources:\n", f"sources:\n  # T\n  - {LINE}\n"),
        ("sources:", f"sources:\n  # T\n  - {LINE}\n"),
        (
            "sources:\n- id: a\n  kind: rss # why\n# end\n",
            f"sources:\n- id: a\n  kind: rss # why\n# T\n- {LINE}\n# end\n",
        ),
        ("sources:\r\n    - {id: a}\r\n", f"sources:\r\n    - {{id: a}}\r\n    # T\r\n    - {LINE}\r\n"),
        (
            "sources:\n  - id: a\n    options:\n      query: >\n        x\n\n  # later\n",
            f"sources:\n  - id: a\n    options:\n      query: >\n        x\n  # T\n  - {LINE}\n\n  # later\n",
        ),
        ("sources:\n  - {id: a,\n     kind: rss}\n", f"sources:\n  - {{id: a,\n     kind: rss}}\n  # T\n  - {LINE}\n"),
    ],
)
def test_a_line_is_added_after_the_last(before: str, after: str) -> None:
    """The new line stands under the last source, indented alike, and all other text stays."""
    assert add_lines(before, [("T", LINE)]) == after


def test_two_that_add_at_once_take_turns(home: Path) -> None:
    """Each adds to what the others wrote: no line is lost."""
    new = [Source(id=f"new-{n}", kind="rss", url=f"https://n{n}.example.org/") for n in range(12)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda source: add_sources(Home(home), [("", source)]), new))
    assert {source.id for source in load_config(Home(home)).sources} == {"known", *(source.id for source in new)}


@pytest.mark.parametrize("text", ["", "# nothing\n", "other: 1\n", "sources: [{id: a}]\n", "sources: {a: 1}\n"])
def test_a_form_without_lines_is_left_alone(text: str) -> None:
    """A file without a list that has a line each is not guessed at."""
    with pytest.raises(ValueError, match="sources"):
        add_lines(text, [("", LINE)])


def test_a_line_says_what_the_source_says() -> None:
    """Words that YAML would take for something else are quoted."""
    source = Source(id="on", kind="hal", section="research", language="no", enabled=False, options={"query": "*:*"})
    line = '{id: "on", kind: hal, section: research, language: "no", enabled: false, options: {query: "*:*"}}'
    assert build_line(source) == line


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Éducation & numérique", "education-numerique"),
        ("Le Monde.fr - Actualités et Infos en France et dans le monde", "le-monde-fr"),
        ("教育", "www-e-example-org-2"),
        ("", "www-e-example-org-2"),
        ("a" * 200, "a" * 60),
    ],
)
def test_ids_are_slugs(title: str, slug: str) -> None:
    """An id is made of the title, else of the host, and is one that none has."""
    assert build_id(title, "https://www-e.example.org/", ["www-e-example-org"]) == slug
