"""Rules of what goes into an issue, where, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from veille.config import Audience, Organisation, Topic
from veille.digest import Ordering, build_digest, build_telling, find_window, iso_week
from veille.digest.choosing import find_turn
from veille.digest.leading import lead_in
from veille.digest.values import Candidate, Digest, Shown, SourceHealth, Telling
from veille.render import digest_json
from veille.values import Course, Deadline, Details, Event, Evidence, Item, ItemKind, Paper, Score, SeenItem

NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
LAST_WEEK = Shown(last_issue_at=NOW - timedelta(days=7))
TOPICS = [Topic(id="ia", name="IA"), Topic(id="droit", name="Droit"), Topic(id="mesure", name="Mesure", weight=2.0)]


def tell(
    item_id: str,
    *,
    source: str | None = None,
    seen: float = 2,
    age: float | None = 2,
    section: str = "press",
    kind: ItemKind = "article",
    details: Details = None,
    language: str | None = "fr",
    url: str | None = None,
) -> Telling:
    """An item first seen ``seen`` days and dated ``age`` days before `NOW`."""
    source = source or f"source-{item_id}"
    return Telling(
        item_id=item_id,
        source_id=source,
        title=f"Titre {item_id}",
        url=f"https://{source}.example.org/{item_id}" if url is None else url,
        language=language,
        published_at=None if age is None else NOW - timedelta(days=age),
        first_seen_at=NOW - timedelta(days=seen),
        section=section,
        kind=kind,
        details=details,
    )


def story(*tellings: Telling, **scores: float) -> Candidate:
    """A story relevant to the named topics; a negative score is one that is not relevant."""
    story_id = tellings[0].item_id
    return Candidate(
        story_id,
        story_id,
        tellings,
        {
            topic: Score(story_id, topic, abs(score), score > 0, ({"kind": "meaning", "z": 3.0},))
            for topic, score in scores.items()
        },
    )


def build(
    stories: list[Candidate],
    *,
    shown: Shown = LAST_WEEK,
    ordering: Ordering | None = None,
    health: list[SourceHealth] | None = None,
    **audience: object,
) -> Digest:
    settings = {"id": "equipe", "items_per_topic": 3} | audience
    return build_digest(
        Audience.model_validate(settings),
        Organisation(name="Université Exemple"),
        TOPICS,
        stories,
        ordering or {},
        shown,
        health or [],
        NOW,
    )


def placed(digest: Digest) -> dict[str, list[str]]:
    """The story ids by section, in order."""
    return {section.title: [entry.story.story_id for entry in section.entries] for section in digest.sections}


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (datetime(2026, 3, 9, 6, tzinfo=UTC), "2026-W11"),
        (datetime(2026, 3, 8, 22, 59, tzinfo=UTC), "2026-W10"),
        (datetime(2026, 3, 8, 23, 30, tzinfo=UTC), "2026-W11"),  # Monday already in Paris
        (datetime(2027, 1, 1, 12, tzinfo=UTC), "2026-W53"),
    ],
)
def test_the_week_is_that_of_the_organisation(now: datetime, week: str) -> None:
    """The ISO week is the one that the instant falls in at the organisation's place."""
    assert iso_week(now, PARIS) == week


@pytest.mark.parametrize(
    ("last", "days"),
    [(None, 28), (NOW - timedelta(days=7), 7), (NOW - timedelta(days=21), 21), (NOW - timedelta(days=60), 28)],
)
def test_the_period_goes_back_to_the_last_issue(last: datetime | None, days: int) -> None:
    """And 28 days at most."""
    assert find_window(NOW, last) == (NOW - timedelta(days=days), NOW)


def test_a_story_appears_once_under_its_best_topic() -> None:
    """The topic where score times weight is highest holds it, and the others are named in it."""
    digest = build([story(tell("a"), ia=0.9, droit=0.7, mesure=0.5), story(tell("b"), ia=0.8, droit=0.8)])
    assert placed(digest) == {"IA": ["b"], "Mesure": ["a"]}
    by_id = {entry.story.story_id: entry for entry in digest.entries}
    assert by_id["a"].other_topics == ("ia", "droit")
    assert by_id["b"].other_topics == ("droit",)


def test_only_what_is_relevant_is_shown() -> None:
    """A story that no topic of the audience wants is read, counted and left out."""
    digest = build([story(tell("a"), ia=-0.9), story(tell("b"), mesure=0.9), story(tell("c"))], topics=["ia", "droit"])
    assert placed(digest) == {}
    assert (digest.coverage.items, digest.coverage.stories, digest.coverage.relevant) == (3, 3, 0)


def test_topics_come_in_the_order_of_the_audience() -> None:
    """An audience that names its topics gets those, in its own order."""
    stories = [story(tell("a"), ia=0.9), story(tell("b"), droit=0.8), story(tell("c"), mesure=0.7)]
    assert placed(build(stories, topics=["droit", "ia"])) == {"Droit": ["b"], "IA": ["a"]}


def test_given_values_order_the_stories_and_choose_the_topic() -> None:
    """A value from the ranking counts instead of score times weight, and brings its reasons."""
    stories = [story(tell("a"), ia=0.9, droit=0.1), story(tell("b"), ia=0.8)]
    ordering: Ordering = {
        ("a", "ia"): (0.2, ()),
        ("a", "droit"): (0.1, ()),
        ("b", "ia"): (0.6, ({"kind": "fresh"}, {"kind": "meaning", "z": 1.0})),
    }
    digest = build(stories, ordering=ordering)
    assert placed(digest) == {"IA": ["b", "a"]}
    assert digest.entries[0].reasons == ({"kind": "meaning", "z": 3.0}, {"kind": "fresh"})
    assert digest.entries[0].score == 0.6


@pytest.mark.parametrize(
    ("shown", "left"),
    [
        (Shown(frozenset({"a"}), frozenset()), ["b"]),
        (Shown(frozenset(), frozenset({"a2"})), ["b"]),
        (Shown(frozenset({"z"}), frozenset({"z"})), ["a", "b"]),
    ],
)
def test_nothing_is_shown_twice(shown: Shown, left: list[str]) -> None:
    """Neither a story nor any item of it, even when the story took another id since."""
    stories = [story(tell("a"), tell("a2"), ia=0.9), story(tell("b"), ia=0.8)]
    assert placed(build(stories, shown=shown)).get("IA", []) == left


@pytest.mark.parametrize(
    ("telling", "is_shown"),
    [
        (tell("x", age=89), True),
        (tell("x", age=91), False),
        (tell("x", age=700, section="research"), True),
        (tell("x", age=731, section="research"), False),
        (tell("x", age=None), True),
        (tell("x", seen=27, age=27), True),
        (tell("x", seen=29, age=29), False),
        (tell("x", seen=-1, age=0), False),  # first seen after the issue's clock
    ],
)
def test_old_news_is_left_out(telling: Telling, is_shown: bool) -> None:
    """An item is too old by its own date, or was first seen too long ago; without a date the first sight counts."""
    assert bool(placed(build([story(telling, ia=0.9)], shown=Shown()))) is is_shown


def test_ages_are_those_of_the_audience() -> None:
    """A section that it does not name takes its default."""
    stories = [story(tell("a", age=20), ia=0.9), story(tell("b", age=20, section="technology"), ia=0.8)]
    assert placed(build(stories, max_age_days={"default": 10, "technology": 30})) == {"IA": ["b"]}


def test_a_new_telling_brings_an_old_paper() -> None:
    """One current item is enough: this week's article about a study of three years ago."""
    old, new = tell("p", seen=40, age=1000, section="research"), tell("n")
    assert placed(build([story(old, new, ia=0.9)])) == {"IA": ["p"]}


def test_what_had_no_place_rolls_over() -> None:
    """A story of the weeks before that was not shown is a candidate again, and says so."""
    digest = build([story(tell("old", seen=9, age=9), ia=0.9), story(tell("new"), ia=0.8)])
    assert [(entry.story.story_id, entry.rolled_over) for entry in digest.entries] == [("old", True), ("new", False)]
    coverage = digest.coverage
    assert (coverage.items, coverage.stories, coverage.relevant, coverage.earlier) == (1, 1, 2, 1)


def test_what_is_told_again_did_not_wait_for_a_place() -> None:
    """What was cancelled since the last issue is news of its own; without an issue before, nothing came before it."""
    event = Event(starts_on=date(2026, 3, 20), status="cancelled")
    told = replace(tell("x", seen=40, kind="event", details=event), overturned_at=NOW - timedelta(days=1))
    again = Shown(frozenset({"x"}), frozenset({"x"}), LAST_WEEK.last_issue_at)
    for shown in (again, LAST_WEEK, Shown()):
        assert [entry.rolled_over for entry in build([story(told, ia=0.9)], shown=shown).entries] == [False]


@pytest.mark.parametrize(
    ("event", "turn"),
    [
        (Event(starts_on=date(2026, 3, 18)), (date(2026, 3, 18), "start")),
        (Event(starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 9)), (date(2026, 3, 9), "start")),
        (Event(starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 12)), (date(2026, 3, 12), "end")),
        (
            Event(starts_on=date(2026, 6, 1), deadlines=(Deadline("submission", date(2026, 3, 31)),)),
            (date(2026, 3, 31), "submission"),
        ),
        (
            Event(starts_on=date(2026, 6, 1), deadlines=(Deadline("notification", date(2026, 3, 31)),)),
            (date(2026, 6, 1), "start"),
        ),
        (
            Event(
                starts_on=date(2026, 6, 1),
                status="cancelled",
                deadlines=(Deadline("submission", date(2026, 3, 31)),),
            ),
            (date(2026, 6, 1), "start"),
        ),
        (Course(starts_on=date(2026, 3, 1), enrolment_ends_on=date(2026, 3, 20)), (date(2026, 3, 20), "registration")),
        (Event(), (date.max, "")),
    ],
)
def test_a_dated_thing_has_its_turn_when_a_reader_can_act_or_be_there(event: Details, turn: tuple[date, str]) -> None:
    """The first open deadline of a reader's own or the next of its days, whichever comes first."""
    assert find_turn(event, date(2026, 3, 9)) == turn


def test_what_happens_soonest_comes_first() -> None:
    """A workshop in two days stands before a call that is open for weeks, and that before a day to be notified on."""
    notified = Event(starts_on=date(2026, 5, 20), deadlines=(Deadline("notification", date(2026, 3, 10)),))
    called = Event(starts_on=date(2026, 6, 10), deadlines=(Deadline("submission", date(2026, 3, 31)),))
    workshop = Event(starts_on=date(2026, 3, 11))
    stories = [
        story(tell(name, kind="event", details=details), ia=0.9)
        for name, details in (("notified", notified), ("called", called), ("workshop", workshop))
    ]
    assert placed(build(stories)) == {"Agenda": ["workshop", "called", "notified"]}


def test_what_is_cut_is_counted_and_named() -> None:
    """The coverage has the titles of the first ones that found no place."""
    digest = build([story(tell(f"s{n}"), ia=0.9 - n / 100) for n in range(9)])
    assert placed(digest) == {"IA": ["s0", "s1", "s2"]}
    assert (digest.coverage.shown, digest.coverage.cut) == (3, 6)
    assert digest.coverage.cut_titles == ("Titre s3", "Titre s4", "Titre s5", "Titre s6", "Titre s7")


def test_a_source_leaves_places_to_others() -> None:
    """It gets half of a topic's places, rounded up, while others have something to say."""
    loud = [story(tell(f"loud{n}", source="loud"), ia=0.9 - n / 100) for n in range(5)]
    quiet = story(tell("quiet"), ia=0.3)
    assert placed(build([*loud, quiet])) == {"IA": ["loud0", "loud1", "quiet"]}
    assert placed(build(loud)) == {"IA": ["loud0", "loud1", "loud2"]}


def test_dated_things_have_sections_of_their_own() -> None:
    """Events and courses are in the order of what happens next, and what is past is not shown."""
    far = Event(starts_on=date(2026, 6, 1), deadlines=(Deadline("submission", date(2026, 3, 1)),))
    near = Event(starts_on=date(2026, 9, 1), deadlines=(Deadline("submission", date(2026, 3, 20)),))
    past = Event(starts_on=date(2026, 3, 7), ends_on=date(2026, 3, 8))
    course = Course(starts_on=date(2026, 3, 30))
    digest = build(
        [
            story(tell("far", kind="event", details=far, age=200), ia=0.9),
            story(tell("near", kind="event", details=near), droit=0.8),
            story(tell("past", kind="event", details=past), ia=0.9),
            story(tell("course", kind="course", details=course), ia=0.7),
            story(tell("a"), ia=0.6),
        ]
    )
    assert placed(digest) == {"IA": ["a"], "Agenda": ["near", "far"], "Cours en ligne": ["course"]}
    assert [(entry.position, entry.section, entry.topic_id) for entry in digest.entries] == [
        (1, "topic", "ia"),
        (2, "agenda", "droit"),
        (3, "agenda", "ia"),
        (4, "courses", "ia"),
    ]


@pytest.mark.parametrize(
    ("told", "count"),
    [
        ((("a", "https://a.org/1"), ("b", "https://b.org/1")), 2),
        ((("a", "https://a.org/1"), ("a", "https://a.org/2")), 1),  # one source
        ((("a", "https://a.org/1?utm_source=rss"), ("b", "https://www.a.org/1/")), 1),  # one page by two feeds
        ((("a", "https://a.org/fr/1"), ("b", "https://a.org/en/1")), 1),  # one site in two languages
        ((("alert", "https://a.org/1"), ("alert", "https://b.org/1")), 1),  # one alert that names two sites
        ((("alert", "https://b.org/1"), ("a", "https://a.org/1"), ("b", "https://b.org/1")), 2),
        ((("a", ""), ("b", "")), 2),  # without a page each speaks for itself
    ],
)
def test_independent_sources_are_a_reason(told: tuple[tuple[str, str], ...], count: int) -> None:
    """A page or a site that comes by several feeds counts once, and so does a source."""
    tellings = [tell(f"i{n}", source=source, url=url) for n, (source, url) in enumerate(told)]
    (entry,) = build([story(*tellings, ia=0.9)]).entries
    counts = [reason["count"] for reason in entry.reasons if reason["kind"] == "sources"]
    assert counts == ([count] if count > 1 else [])


def test_coverage_puts_each_source_in_one_list() -> None:
    """Failing and gone, stale, silent and unsupported ones are told apart, and disabled ones do not count."""
    health = [
        SourceHealth("s-ok", "ok"),
        SourceHealth("s-silent", "ok"),
        SourceHealth("s-gone", "gone"),
        SourceHealth("s-failing", "failing", "HTTP 500"),
        SourceHealth("s-stale", "stale"),
        SourceHealth("s-ical", "unsupported"),
        SourceHealth("s-off", "disabled"),
    ]
    coverage = build([story(tell("a", source="s-ok"), ia=0.9)], health=health).coverage
    assert [one.source_id for one in coverage.failed] == ["s-failing", "s-gone"]
    assert [one.source_id for one in coverage.stale] == ["s-stale"]
    assert coverage.silent == ("s-silent",)
    assert coverage.unsupported == ("s-ical",)
    assert (coverage.sources, coverage.sources_read) == (6, 3)
    assert coverage.quiet_topics == ("droit", "mesure")


@pytest.mark.parametrize(("days", "silent"), [(1, ()), (8, ("salons",)), (-1, ("salons",))])
def test_a_source_that_changed_something_was_not_silent(days: float, silent: tuple[str, ...]) -> None:
    """What it cancelled within the period counts; a change before it, or after the issue's clock, does not."""
    event = Event(starts_on=date(2026, 3, 20), status="cancelled")
    told = tell("x", source="salons", seen=20, kind="event", details=event)
    told = replace(told, updated_at=NOW - timedelta(days=days))
    assert build([story(told, ia=0.9)], health=[SourceHealth("salons", "ok")]).coverage.silent == silent


def test_the_lead_is_the_representative() -> None:
    """And the earliest item when the representative is not known yet."""
    first, second = tell("a", seen=3), tell("b", seen=2)
    assert Candidate("a", "b", (first, second), {}).lead is second
    assert Candidate("a", "later", (second, first), {}).lead is first


@pytest.mark.parametrize(("language", "lead"), [("fr", "french"), ("en", "english")])
def test_a_story_is_led_in_the_language_of_the_digest(language: str, lead: str) -> None:
    """Its title is that of a telling in it; where it stands, what it is worth and who else tells it stay."""
    dutch = tell("nl", language="nl")
    others = tell("french", language="fr-BE"), tell("english", language="en"), tell("late", language=language, age=0)
    (entry,) = build([story(dutch, *others, ia=0.9)], language=language).entries
    assert (entry.story.lead.item_id, entry.story.story_id, entry.score) == (lead, "nl", 0.9)
    assert {telling.item_id for telling in entry.story.others} == {"nl", "french", "english", "late"} - {lead}
    told = digest_json(build([story(dutch, *others, ia=0.9)], language=language))
    assert told["sections"][0]["entries"][0]["story"]["title"] == f"Titre {lead}"  # type: ignore[index]


def test_a_story_without_the_language_keeps_its_lead() -> None:
    """And so does one that is led in it already, whatever else tells it so."""
    for language in ("nl", None, "fr"):
        told = story(
            tell("b", language=language, age=1), tell("a", language="fr" if language == "fr" else "de"), ia=0.9
        )
        assert build([told]).entries[0].story.lead.item_id == "b"


OPEN = Event(starts_on=date(2026, 5, 1), deadlines=(Deadline("submission", date(2026, 4, 1)),))


@pytest.mark.parametrize(
    ("lead", "own", "stands_in"),
    [
        ({"kind": "paper", "details": Paper()}, {"kind": "paper", "details": Paper()}, True),
        ({"kind": "paper", "details": Paper()}, {}, False),  # an article about the paper
        ({"kind": "paper", "details": Paper()}, {"kind": "paper", "details": Paper(is_preprint=True)}, False),
        ({"kind": "paper", "details": Paper(is_retracted=True)}, {"kind": "paper", "details": Paper()}, False),
        ({"kind": "paper", "details": Paper()}, {"kind": "paper", "details": Paper(is_retracted=True)}, True),
        ({"kind": "event", "details": OPEN}, {"kind": "event", "details": OPEN}, True),
        ({"kind": "event", "details": OPEN}, {"kind": "event", "details": Event(starts_on=date(2026, 5, 1))}, False),
        ({"kind": "event", "details": OPEN}, {}, False),
        (
            {"kind": "event", "details": Event(starts_on=date(2026, 5, 1), status="cancelled")},
            {"kind": "event", "details": OPEN},
            False,
        ),
        ({"kind": "course", "details": Course(starts_on=date(2026, 5, 1))}, {"kind": "course"}, False),
    ],
)
def test_what_says_less_leads_no_story(lead: dict[str, Any], own: dict[str, Any], stands_in: bool) -> None:
    """A paper is led by a paper, an event by what has its days; what is off, retracted or published stays told."""
    told = story(tell("lead", language="en", **lead), tell("own", **own), ia=0.9)
    assert lead_in(told, "fr").lead.item_id == ("own" if stands_in else "lead")


def test_a_paper_that_says_its_design_is_not_led_by_one_that_does_not() -> None:
    """Nor is a work by the notice of its correction."""
    work = replace(tell("lead", language="en", kind="paper", details=Paper()), evidence=Evidence(design="rct"))
    own = tell("own", kind="paper", details=Paper())
    assert lead_in(story(work, own), "fr").lead is work
    told = replace(own, evidence=Evidence(design="rct"))
    assert lead_in(story(work, told), "fr").lead is told
    assert lead_in(story(work, replace(told, title="Erratum : Titre own")), "fr").lead is work


def test_building_does_not_depend_on_the_order_of_arrival() -> None:
    """The same stories in another order, with their items in another order, make the same issue."""
    stories = [story(tell(f"s{n}"), tell(f"t{n}"), ia=0.5, droit=0.5) for n in range(8)]
    turned = [Candidate(one.story_id, one.item_id, one.tellings[::-1], one.scores) for one in stories[::-1]]
    assert digest_json(build(turned)) == digest_json(build(stories))


def test_a_telling_is_made_of_a_stored_item() -> None:
    """It keeps what the digest shows of it."""
    item = Item("s", "article", "press", "g", "https://example.org/u", "https://example.org/u", "T", "S", ("A",), "fr")
    telling = build_telling(SeenItem(item, NOW, NOW), "about")
    assert (telling.item_id, telling.source_id, telling.title) == (item.item_id, "s", "T")
    assert (telling.authors, telling.relation, telling.told_at) == (("A",), "about", NOW)


def test_an_untitled_digest_is_named_after_its_organisation() -> None:
    """Every issue has a title."""
    assert build([]).title == "Veille de Université Exemple"
    assert build([], title="Lettre").title == "Lettre"
