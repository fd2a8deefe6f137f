"""Rules of the pages as a browser sees them: accessible in light and dark, on a phone and a desk; correct HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tinyhtml5.parser import HTMLParser

from tests.browser import open_browser
from tests.test_render import NOW, ORGANISATION, SAMPLE, build, story, tell
from tests.test_web import STORY, build_home, open_room, vote_path
from veille.config import Organisation
from veille.digest.values import Candidate, Digest, Telling, Trend
from veille.items.in_force import InForce
from veille.render import digest_json, render_html
from veille.render.archive import parse_issued, render_archive
from veille.render.links import Links
from veille.values import Course, Event, Evidence

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")  # axe's names for sets of its rules
DRAWN = re.compile(r'<span class="bars" aria-hidden="true"|<text ')
META = Evidence(
    design="meta-analysis",
    design_quote="We synthesise 61 studies comparing automated with human feedback on writing.",
    sample_size=61,
    effect="g = 0.21",
    effect_quote="The mean effect is small and positive (g = 0.21), larger for novices, and vanishes on delayed tests.",
)
TRIAL = Evidence(
    design="rct",
    design_quote="Les apprentis ont été répartis au hasard entre relecture et tests.",
    sample_size=2300,
    effect="d = 0,38",
    effect_quote="À une semaine, l’écart est de d = 0,38 [0,21 ; 0,55].",
)
TRENDS = (
    Trend("ia", (3, 2, 4, 3, 5, 2, 3, 4, 11), 3.3, 4.1, rising=True, phrases=("tuteur conversationnel", "AI tutor")),
    Trend("reglementation", (2, 3, 1, 0, 2, 4, 2, 2, 3), 2.0, 0.6),
    Trend("accessibilite", (0, 1, 0, 0, 1, 0, 0, 0, 1), 0.3, 0.4),
)
MORE = [
    story("reglementation", 0.8, replace(
        tell("d1", "Décret n° 2026-214 relatif au contrôle des organismes de formation", section="regulation",
             summary="Le décret fixe les modalités du contrôle inopiné. Il entre en vigueur le 1er septembre 2026."),
        in_force=InForce(date(2026, 9, 1), "Il entre en vigueur le 1er septembre 2026."))),
    story("pedagogie", 0.5, tell(
        "e3", "Atelier « traces d’apprentissage » et « tableaux de bord »", kind="event", section="events",
        details=Event(starts_on=date(2026, 4, 2), place="Tours", status="cancelled"))),
    story("accessibilite", 0.6, tell(
        "w1", "Lemotquinefinitpas" * 8, "https://exemple.example/" + "une-adresse-sans-espace-" * 12 + " se lit ici.",
        url="https://exemple.example/" + "x" * 300)),
]  # fmt: skip


def study(telling: Telling) -> Telling:
    """With what its abstract says of how it knows, for the sample's two studies that have results."""
    return replace(telling, evidence={"i2": META, "m1": TRIAL}.get(telling.item_id))


@cache
def rich(language: str) -> Digest:
    """An issue with every section, line and mark that there can be."""
    stories = [
        Candidate(one.story_id, one.item_id, tuple(map(study, one.tellings)), one.scores) for one in (*SAMPLE, *MORE)
    ]
    return replace(build(stories, language=language), trends=TRENDS)


def digest_page(language: str) -> str:
    digest = rich(language)
    tokens = {entry.story.story_id: f"equipe-2026-W11.{entry.story.story_id}.x.{'k' * 27}" for entry in digest.entries}
    return render_html(digest, Links("https://veille.exemple.example", tokens))


def archive_page(language: str) -> str:
    issues = [
        replace(rich(one), digest_id=f"equipe-2026-W{week}", week=f"2026-W{week}", generated_at=NOW + timedelta(week))
        for week, one in ((10, "fr"), (11, "en"), (12, language))
    ]
    parsed = [parse_issued(digest_json(issue), issue.week, issue.audience) for issue in issues]
    return render_archive(filter(None, parsed), Organisation(name=ORGANISATION.name, language=language))


PAGES = {
    "digest-fr": lambda: digest_page("fr"),
    "digest-en": lambda: digest_page("en"),
    "empty": lambda: render_html(build([])),
    "archive-fr": lambda: archive_page("fr"),
    "archive-en": lambda: archive_page("en"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module", params=["archive-fr", "digest-en", "digest-fr"])
def page(request: pytest.FixtureRequest, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page in the browser, opened from its file as a reader of `reports/` would."""
    path = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    path.write_text(PAGES[request.param](), encoding="utf-8")
    opened = browser.new_page()
    opened.goto(path.as_uri())
    yield opened
    opened.close()


def find_barriers(page: Any, scheme: str, width: int) -> list[tuple[str, str]]:
    """What axe objects to, or cannot decide: its rule and the element.

    The contrast of bars of block characters and of the words of a picture it never decides: both have a text beside.
    """
    import axe_playwright_python

    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate((Path(axe_playwright_python.__path__[0]) / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("rules => axe.run({runOnly: {type: 'tag', values: rules}})", list(RULES))
    assert len(found["passes"]) > 10
    against = [(one["id"], node["html"]) for one in found["violations"] for node in one["nodes"]]
    undecided = [(one["id"], node["html"]) for one in found["incomplete"] for node in one["nodes"]]
    return against + [one for one in undecided if not DRAWN.match(one[1])]


@pytest.mark.parametrize("width", [1000, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_accessible(page: Any, scheme: str, width: int) -> None:
    """axe finds nothing against WCAG 2.2 AA or good practice."""
    assert find_barriers(page, scheme, width) == []


def test_a_page_fits_a_phone(page: Any) -> None:
    """Nothing is wider than 320 pixels, be it a word or an address without an end."""
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_page_fetches_nothing_and_complains_of_nothing(page: Any) -> None:
    """Opened again, its one request is for itself, and its content policy stops none of its own parts."""
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    assert asked == [page.url]
    assert said == []


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_correct_html(name: str) -> None:
    """A parser that follows the standard meets no error, and no id twice."""
    assert find_faults(PAGES[name]()) == []


def find_faults(html: str) -> list[object]:
    parser = HTMLParser()
    parser.parse(html)
    ids = re.findall(r'\sid="([^"]*)"', html)
    return [*parser.errors, *{one for one in ids if ids.count(one) > 1}]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_headings_leave_no_level_out(name: str) -> None:
    """One title, and below each heading at most the next level: what a screen reader jumps along."""
    levels = [int(level) for level in re.findall(r"<h([1-6])", PAGES[name]())]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_the_rich_issue_has_all_there_is() -> None:
    """What these rules are checked on: every section, a study with its sentence, a mark on what was overturned."""
    html = digest_page("fr").replace("&nbsp;", " ").replace("\u00a0", " ")
    assert {section.id for section in rich("fr").sections} == {"topic", "research", "agenda", "courses", "regulation"}
    details = {type(entry.story.lead.details) for entry in rich("fr").entries}
    assert details >= {Event, Course}
    for said in ("méta-analyse", "Annulé", "Article rétracté", "En vigueur à partir du", "Tendances", "En attente"):
        assert said in html


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The reading room of the home of its own tests, and the path to vote on."""
    home = build_home(tmp_path_factory.mktemp("room"))
    with open_room(home) as client:
        yield client, vote_path(home)


@pytest.mark.parametrize(
    "path", ["/", "/archive", "/search?q=tuteur", f"/story/{STORY}", "/topic/ia", "/agenda", "/sources", "/vote", "/no"]
)
def test_the_reading_room_is_accessible(path: str, room: Any, browser: Any) -> None:
    """Each of its pages holds to the same rules: axe, correct HTML, nothing wider than a phone."""
    client, to_vote = room
    path = to_vote if path == "/vote" else path
    assert find_faults(client.get(path).text) == []
    opened = browser.new_page()
    opened.goto(str(client.base_url.join(path)))
    assert find_barriers(opened, "light", 1000) == []
    assert find_barriers(opened, "dark", 320) == []
    assert opened.evaluate("document.documentElement.scrollWidth") == 320
    opened.close()
