"""Rules of the sections beside the topics: research, agenda, regulation, trends; and of the links to vote."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.test_digest import LAST_WEEK, NOW, build, placed, story, tell
from veille.digest.values import Telling, Trend
from veille.items.in_force import InForce
from veille.render import render_html, render_text
from veille.render.edition import build_edition, draw_bars
from veille.render.links import Links, render_leave
from veille.values import Course, Deadline, Event, Evidence, Paper

EVIDENCE = Evidence(
    design="rct",
    design_quote="Nous avons mené un essai contrôlé randomisé.",
    sample_size=1204,
    effect="d = 0,35 [0,20 ; 0,50]",
    effect_quote="L’effet est de d = 0,35 [0,20 ; 0,50].",
)


def paper(item_id: str, evidence: Evidence | None = None, **details: object) -> Telling:
    made = tell(item_id, kind="paper", section="research", details=Paper(**details))  # type: ignore[arg-type]
    return replace(made, evidence=evidence)


def test_research_and_rules_have_sections_of_their_own() -> None:
    """Papers and official texts are not lost among the news of their topics."""
    stories = [
        story(paper("p"), ia=0.9),
        story(tell("r", section="regulation"), droit=0.8),
        story(tell("n"), ia=0.7),
    ]
    assert placed(build(stories)) == {"IA": ["n"], "Recherche": ["p"], "Réglementation": ["r"]}


PAGE = "https://info.example.org/p"


def in_force(telling: Telling) -> Telling:
    return replace(telling, in_force=InForce(date(2026, 9, 1), "…"))


@pytest.mark.parametrize(
    ("one", "other", "section", "lead"),
    [
        (tell("n", url=PAGE), tell("r", url=PAGE, section="regulation"), "IA", "n"),
        (tell("n"), tell("r", section="regulation"), "IA", "n"),
        (tell("n", section="technology"), tell("r", section="regulation"), "IA", "n"),
        (tell("n"), in_force(tell("r", section="regulation")), "Réglementation", "r"),
        (tell("n", url=PAGE), in_force(tell("r", url=PAGE, section="regulation")), "Réglementation", "r"),
        (tell("n"), in_force(tell("r", section="regulation", language="en")), "Réglementation", "r"),
        (tell("n", section="regulation"), tell("r", section="regulation"), "Réglementation", "n"),
        (tell("n", section="regulation"), in_force(tell("r", section="regulation")), "Réglementation", "r"),
    ],
)
def test_regulation_holds_rules_and_what_its_sources_alone_tell(
    one: Telling, other: Telling, section: str, lead: str
) -> None:
    """A rule is led by what states its day of effect; what the press tells too is news, whoever told it first."""
    (entry,) = build([story(one, other, ia=0.9)]).entries
    assert placed(build([story(one, other, ia=0.9)])) == {section: ["n"]}
    assert entry.story.lead.item_id == lead
    assert [*placed(build([story(other, one, ia=0.9)]))] == [section]


def test_the_opening_does_not_call_all_of_regulation_a_rule() -> None:
    """A source on regulation also announces its webinars: the line names the section."""
    stories = [story(tell(name, section="regulation"), droit=score) for name, score in (("a", 0.9), ("b", 0.8))]
    lines = [line.text.replace("\u00a0", " ") for line in build_edition(build(stories)).opening]
    assert "Réglementation : 2 actualités, dont « Titre a »." in lines
    lines = [line.text.replace("\u00a0", " ") for line in build_edition(build(stories[:1])).opening]
    assert "Réglementation : « Titre a »." in lines


def test_a_page_by_two_feeds_is_not_the_most_told() -> None:
    """What two sites tell is."""
    once = story(tell("a", source="s", url=PAGE), tell("b", source="t", url=PAGE), ia=0.8)
    twice = story(tell("c", source="s"), tell("d", source="t"), ia=0.7)
    first = story(tell("first"), ia=0.9)
    for stories, said in (([first, once, twice], ["Titre c"]), ([first, once], [])):
        told = [line for line in build_edition(build(stories)).opening if "reprise" in line.before]
        assert [line.title.text.strip("«» \u00a0") for line in told] == said


def test_no_topic_floods_a_section() -> None:
    """A topic takes half of a shared section's places, rounded up, while others have something to say."""
    stories = [story(paper(f"ia{n}"), ia=0.9 - n / 100) for n in range(8)]
    stories += [story(paper(f"droit{n}"), droit=0.3) for n in range(3)]
    shown = placed(build(stories))["Recherche"]
    assert [name[:2] for name in shown].count("dr") == 3
    assert len(shown) == 6


def test_what_is_far_off_takes_only_a_free_place_in_the_agenda() -> None:
    """Beyond ninety days; an open deadline is a day like that of an event, and the sooner one comes first."""
    soon = Event(starts_on=date(2026, 3, 12))
    due = Event(starts_on=date(2026, 11, 1), deadlines=(Deadline("submission", date(2026, 4, 20)),))
    far = Event(starts_on=date(2027, 2, 1))
    stories = [
        story(tell(name, kind="event", details=event), ia=0.9 if name == "far" else 0.5)
        for name, event in (("far", far), ("soon", soon), ("due", due))
    ]
    assert placed(build(stories)) == {"Agenda": ["soon", "due", "far"]}
    assert placed(build(stories, items_per_topic=1)) == {"Agenda": ["soon", "due"]}


@pytest.mark.parametrize(("days", "again"), [(1, True), (8, False), (None, False)])
@pytest.mark.parametrize(
    "telling",
    [
        tell("e", seen=40, kind="event", details=Event(starts_on=date(2026, 5, 1), status="cancelled")),
        tell("e", seen=40, kind="course", details=Course(starts_on=date(2026, 5, 1), status="moved")),
        paper("e", is_retracted=True),
    ],
)
def test_what_no_longer_holds_is_told_again(telling: Telling, days: int | None, again: bool) -> None:
    """What was shown is news once more if it was overturned since the last issue; another change of it is none."""
    shown = replace(LAST_WEEK, story_ids=frozenset({"e"}), item_ids=frozenset({"e"}))
    overturned_at = None if days is None else NOW - timedelta(days=days)
    changed = replace(telling, updated_at=NOW - timedelta(days=1), overturned_at=overturned_at)
    assert bool(placed(build([story(changed, ia=0.9)], shown=shown))) is again


def test_a_study_says_how_it_knows() -> None:
    """Design, number of people, effect, and the sentence that states it; in HTML and text alike."""
    digest = build([story(paper("p", EVIDENCE), ia=0.9)])
    for part in (render_html(digest), render_text(digest)):
        said = " ".join(part.replace("&nbsp;", " ").split())
        assert "essai contrôlé randomisé · 1 204 participants · effet déclaré : d = 0,35 [0,20 ; 0,50]" in said
        assert "L’effet est de d = 0,35 [0,20 ; 0,50]." in said


def test_a_study_that_says_nothing_gets_no_line() -> None:
    """An unknown design is not told as a finding."""
    assert "L’étude" not in render_html(build([story(paper("p", Evidence()), ia=0.9)]))


def test_a_rule_shows_its_day_of_effect() -> None:
    """Ahead or behind, as its text states it."""
    for day, words in ((date(2026, 9, 1), "En vigueur à partir du"), (date(2026, 3, 1), "En vigueur depuis le")):
        rule = replace(tell("r", section="regulation"), in_force=InForce(day, "…"))
        assert words in render_text(build([story(rule, droit=0.9)]))


def test_trends_are_told_in_a_picture_and_in_words() -> None:
    """The rising topic first; the picture is hidden from screen readers, which have the words."""
    digest = replace(
        build([story(tell("a"), ia=0.9)]),
        trends=(
            Trend("droit", (2, 2, 2, 2, 2, 2, 2, 2, 2), 2.0, 0.0),
            Trend("ia", (1, 0, 2, 1, 1, 0, 1, 2, 9), 1.0, 4.2, rising=True, phrases=("tuteur IA",)),
        ),
    )
    trends = build_edition(digest).trends
    assert trends is not None
    assert [line.name for line in trends.lines] == ["IA", "Droit"]
    assert trends.lines[0].words.replace("\u00a0", " ").startswith("9 actualités la semaine dernière, 1 en moyenne")
    assert "en hausse" in trends.lines[0].words
    assert "tuteur IA" in render_text(digest)
    assert 'aria-hidden="true"' in render_html(digest)
    assert any("En hausse" in line.text for line in build_edition(digest).opening)


def test_no_trend_is_told_without_history() -> None:
    """One week alone rises from nothing."""
    digest = replace(build([]), trends=(Trend("ia", (0, 0, 0, 0, 0, 0, 0, 0, 9)),))
    assert build_edition(digest).trends is None


def test_bars_are_as_high_as_their_values() -> None:
    """Nothing is the lowest block and the most the highest; a little is more than nothing."""
    assert draw_bars((0, 1, 50, 100), 100) == "▁▂▅█"


def test_each_entry_carries_its_votes() -> None:
    """Two links in the HTML, in the text the page that has both; none where there is no site."""
    digest = build([story(tell("a"), ia=0.9)])
    links = Links("https://veille.example.org", {"a": "TOKEN"})
    html, text = render_html(digest, links), render_text(digest, links)
    for verdict in ("useful", "off-topic"):
        assert f"https://veille.example.org/vote/TOKEN?verdict={verdict}" in html
    assert "https://veille.example.org/vote/TOKEN" in text.split()
    assert "/vote/" not in render_html(digest)


def test_only_a_copy_for_a_recipient_has_a_way_to_leave() -> None:
    """An issue in the archive has nobody who could leave; the copy says it once in both texts, and links it."""
    digest = build([story(tell("a"), ia=0.9)])
    links = Links("https://veille.example.org", {"a": "TOKEN"})
    own = links.leave_url("OWN")
    issue = render_html(digest, links), render_text(digest, links)
    copy = render_leave(*issue, own or "", "fr")
    assert [part.count("Ne plus recevoir") for part in (*issue, *copy)] == [0, 0, 1, 1]
    assert 'href="https://veille.example.org/leave/OWN"' in copy[0]
    assert copy[1].endswith("\nhttps://veille.example.org/leave/OWN\n")
    assert Links().leave_url("OWN") is None


def test_a_full_issue_is_not_clipped() -> None:
    """Sixty entries with long extracts, reasons and votes stay under the 100 KB at which mail clients cut."""
    topics = ("ia", "droit", "mesure")
    title, summary = "Un titre assez long pour une actualité {n} " * 3, "Une phrase de plus. " * 40
    stories = [
        story(replace(tell(f"s{n}"), title=title.format(n=n), summary=summary), **{topics[n % 3]: 0.9 - n / 200})
        for n in range(60)
    ]
    digest = build(stories, items_per_topic=20)
    links = Links("https://veille.universite-exemple.fr", {f"s{n}": "x" * 120 for n in range(60)})
    assert len(digest.entries) == 60
    assert len(render_html(digest, links).encode()) < 100_000
