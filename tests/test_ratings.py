"""What readers say is kept once, found again, and given to the next digest only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import build_rss, open_web, write_home
from veille.cli import run_command
from veille.config import Config, UnknownNameError
from veille.home import Home, hold_home, load_config
from veille.ratings import parse_vote, queue_vote, rate, take_votes
from veille.store import Store, open_store
from veille.values import Bookmark, Item, Member, Rating, Score, Story

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
ORGANISATION = """
organisation: {name: Université Exemple}
topics: [{id: droit, name: Droit}, {id: ia, name: IA générative}]
digests: [{id: hebdo}]
"""

ENTRIES = (
    ("q1", "Qualiopi : le guide de lecture change", "Les organismes certifiés Qualiopi ont six mois."),
    ("c1", "CPF : le reste à charge augmente", "Le décret sur le compte personnel de formation est paru."),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "organisation.yaml").write_text(ORGANISATION, "utf-8")
    (tmp_path / "sources.yaml").write_text("sources: []", "utf-8")
    return Home(tmp_path)


@pytest.fixture
def config(home: Home) -> Config:
    return load_config(home)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home.data) as opened:
        yield opened


def save_story(store: Store, *guids: str) -> Story:
    """A story told by one item for each guid, the first of them its representative."""
    items = [
        Item("a", "article", "press", guid, f"https://a.example/{guid}", f"https://a.example/{guid}", guid, "",
             content_hash=guid, fingerprint=guid)
        for guid in guids
    ]  # fmt: skip
    store.save_pages([("a", items, Bookmark())], NOW)
    ids = [item.item_id for item in items]
    story = Story(ids[0], ids[0], tuple(Member(item_id, "same", 1.0, "") for item_id in ids))
    store.save_stories(ids, [story], NOW)
    return story


def said(store: Store, until: datetime | None = None) -> list[tuple[str, str, str]]:
    return [(one.story_id, one.topic_id, one.verdict) for one in store.load_ratings(until)]


def test_a_later_rating_takes_the_place_of_an_earlier_one(store: Store) -> None:
    """There is one for a story, a topic and a rater."""
    story = save_story(store, "one")
    first = Rating(story.story_id, story.item_id, "ia", "useful", NOW)
    for rating in (first, Rating(story.story_id, story.item_id, "ia", "off-topic", NOW + HOUR)):
        assert store.save_rating(rating)
    store.save_rating(Rating(story.story_id, story.item_id, "droit", "useful", NOW))
    store.save_rating(Rating(story.story_id, story.item_id, "ia", "useful", NOW, rater="b@example.org"))
    assert sorted((one.topic_id, one.rater, one.verdict) for one in store.load_ratings()) == [
        ("droit", "", "useful"), ("ia", "", "off-topic"), ("ia", "b@example.org", "useful"),
    ]  # fmt: skip


def test_what_was_said_later_does_not_reach_back(store: Store, config: Config) -> None:
    """A past digest is built with the ratings of its time: before a change of mind, and before it was taken back."""
    story = save_story(store, "one")
    for hours, verdict in ((0, "useful"), (2, "off-topic"), (4, "undo")):
        rate(store, config, story.story_id, verdict, "ia", NOW + hours * HOUR)
    by_hour = [said(store, NOW + hours * HOUR) for hours in (-1, 1, 3, 5)]
    assert [[verdict for *_, verdict in one] for one in by_hour] == [[], ["useful"], ["off-topic"], []]


def test_a_joined_story_keeps_its_rating(store: Store, config: Config) -> None:
    """It is found through the item that was rated, and rating the whole replaces it."""
    first, second = save_story(store, "one"), save_story(store, "two")
    rate(store, config, second.story_id, "useful", "ia", NOW)
    members = (*first.members, *second.members)
    store.save_stories([one.item_id for one in members], [Story(first.story_id, first.item_id, members)], NOW)
    assert said(store) == [(first.story_id, "ia", "useful")]
    rate(store, config, first.story_id, "off-topic", "ia", NOW + HOUR)
    assert said(store) == [(first.story_id, "ia", "off-topic")]
    rate(store, config, second.item_id, "undo", "ia", NOW + 2 * HOUR)
    assert said(store) == []


def test_first_characters_are_enough_where_they_mean_one_story(store: Store, config: Config) -> None:
    """Of a story or of any item in it; what means none or several is told, with the titles to choose from."""
    stories = [save_story(store, str(number)) for number in range(40)]
    told_twice = save_story(store, "paper", "preprint")
    found = rate(store, config, told_twice.members[1].item_id[:12], "useful", "ia", NOW)
    assert (found.story_id, found.title) == (told_twice.story_id, "paper")
    initials = [story.story_id[0] for story in stories]
    common = max(initials, key=initials.count)
    with pytest.raises(UnknownNameError, match="may mean several stories"):
        rate(store, config, common, "useful", "ia", NOW)
    for unknown in ("", " ", "zzzz", "%"):
        with pytest.raises(UnknownNameError, match="no item or story"):
            rate(store, config, unknown, "useful", "ia", NOW)


def test_the_topic_is_the_one_it_was_shown_for(store: Store, config: Config) -> None:
    """Else the one it scores best for; a topic that is not configured is refused with those that are."""
    story = save_story(store, "one")
    store.save_scores([Score(story.story_id, "droit", 0.4, False), Score(story.story_id, "ia", 0.7, True)], "")
    assert rate(store, config, story.story_id, "useful", None, NOW).topics == ("ia",)
    entry = (1, "topic", "droit", story.story_id, 0.4, [story.item_id])
    store.save_digest("hebdo-2026-W10", "hebdo", "2026-W10", NOW, "x", [entry], [])
    assert rate(store, config, story.story_id, "useful", None, NOW).topics == ("droit",)
    with pytest.raises(UnknownNameError, match="droit, ia"):
        rate(store, config, story.story_id, "useful", "cuisine", NOW)


def test_undo_takes_back_what_this_rater_said(store: Store, config: Config) -> None:
    """For every topic or for one; what others said stays, and to take back nothing is no mistake."""
    story = save_story(store, "one")
    for topic, rater in (("ia", ""), ("droit", ""), ("ia", "b@example.org")):
        rate(store, config, story.story_id, "useful", topic, NOW, rater)
    assert sorted(rate(store, config, story.story_id, "undo", None, NOW + HOUR).topics) == ["droit", "ia"]
    assert [one.rater for one in store.load_ratings()] == ["b@example.org"]
    assert not rate(store, config, story.story_id, "undo", None, NOW + HOUR).changed


# --- the queue -----------------------------------------------------------------------------------------------------


def test_a_vote_waits_while_another_holds_the_home(home: Home, store: Store, config: Config) -> None:
    """It is a small file until the next run takes it; the same vote twice is one."""
    story = save_story(store, "one")
    with hold_home(home):
        paths = {queue_vote(home, story.item_id, "useful", "ia", NOW, "a@example.org") for _ in range(2)}
    assert len(paths) == 1
    assert take_votes(home, store, config) == 1
    assert store.load_ratings() == [Rating(story.story_id, story.item_id, "ia", "useful", NOW, "a@example.org")]
    assert take_votes(home, store, config) == 0


def test_a_vote_that_is_taken_twice_counts_once(home: Home, store: Store, config: Config) -> None:
    """Also when its reader changed their mind, or took it back, before the file of a crashed run was read again."""
    story = save_story(store, "one")
    path = queue_vote(home, story.item_id, "useful", "ia", NOW)
    body = path.read_bytes()
    expected = [("off-topic", [(story.story_id, "ia", "off-topic")]), ("undo", [])]
    for hours, (verdict, after) in enumerate(expected, 1):
        take_votes(home, store, config)
        rate(store, config, story.story_id, verdict, "ia", NOW + hours * HOUR)
        path.write_bytes(body)
        take_votes(home, store, config)
        assert said(store) == after


def test_votes_count_in_the_order_in_which_they_were_given(home: Home, store: Store, config: Config) -> None:
    """The last word is the last one said, not the last one read."""
    story = save_story(store, "one")
    queue_vote(home, story.item_id, "off-topic", "ia", NOW + HOUR)
    queue_vote(home, story.item_id, "useful", "ia", NOW)
    assert take_votes(home, store, config) == 2
    assert said(store) == [(story.story_id, "ia", "off-topic")]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe", b"[]", b"null", b"{}", b"[" * 100_000,
        b'{"what": 1, "verdict": "useful", "topic_id": "ia", "rater": "", "rated_at": "2026-03-02T07:00:00+00:00"}',
        b'{"what": "a", "verdict": "love", "topic_id": "ia", "rater": "", "rated_at": "2026-03-02T07:00:00+00:00"}',
        b'{"what": "a", "verdict": ["undo"], "topic_id": "ia", "rater": "", "rated_at": "2026-03-02T07:00:00+00:00"}',
        b'{"what": "a", "verdict": "useful", "topic_id": "ia", "rater": "", "rated_at": "2026-03-02T07:00:00"}',
        b'{"what": "zz", "verdict": "useful", "topic_id": "ia", "rater": "", "rated_at": "2026-03-02T07:00:00+00:00"}',
    ],
)  # fmt: skip
def test_a_bad_vote_is_put_aside(
    body: bytes, home: Home, store: Store, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, costs the others nothing, and is not read again."""
    story = save_story(store, "one")
    good = queue_vote(home, story.item_id, "useful", "ia", NOW)
    bad = good.with_name("00-bad.json")
    bad.write_bytes(body)
    assert take_votes(home, store, config) == 1
    assert (bad.parent / "aside" / bad.name).read_bytes() == body
    assert "00-bad.json" in caplog.text
    assert take_votes(home, store, config) == 0


def test_a_vote_reads_back_as_it_was_queued(home: Home) -> None:
    """With its instant in UTC, whatever zone it was given in."""
    path = queue_vote(home, "abc", "undo", None, datetime.fromisoformat("2026-03-02T07:00+01:00"), "a@example.org")
    vote = parse_vote(path.read_bytes())
    assert (vote.what, vote.verdict, vote.topic_id, vote.rater) == ("abc", "undo", None, "a@example.org")
    assert vote.rated_at.isoformat() == NOW.isoformat()


# --- the command ---------------------------------------------------------------------------------------------------


class Runner:
    """Runs commands in a home and reads what they say."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys

    def run(self, *arguments: str, code: int = 0) -> Any:
        self.capsys.readouterr()
        assert run_command(["--home", str(self.home), "--json", *arguments]) == code
        told = self.capsys.readouterr()
        return json.loads(told.out) if told.out else told.err


@pytest.fixture
def runner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Runner]:
    with open_web() as web:
        web.pages["/a"] = build_rss(*ENTRIES)
        write_home(tmp_path / "home", web, ["/a"])
        yield Runner(tmp_path / "home", capsys)


def collect(runner: Runner) -> str:
    runner.run("collect", "--no-embed", "--now", "2026-03-02T07:00+01:00")
    return str(runner.run("sql", "SELECT story_id FROM stories ORDER BY title")[0]["story_id"])


def test_a_rating_is_published_and_listed(runner: Runner) -> None:
    """`rate` says what it meant, and `rate list` and the view `ratings` show it until it is taken back."""
    story_id = collect(runner)
    told = runner.run("rate", story_id[:10], "off-topic", "--now", "2026-03-02T08:00+01:00")
    assert (told["story_id"], told["topics"], told["verdict"]) == (story_id, ["reglementation"], "off-topic")
    (row,) = runner.run("rate", "list")
    assert (row["story_id"], row["topic_id"], row["verdict"]) == (story_id, "reglementation", "off-topic")
    assert row["title"].startswith("CPF")
    assert runner.run("sql", "SELECT verdict FROM ratings") == [{"verdict": "off-topic"}]
    runner.run("rate", story_id, "undo")
    assert runner.run("rate", "list") == []


@pytest.mark.parametrize(
    "arguments",
    [["zzzz", "useful"], ["", "useful"], ["STORY", "good"], ["STORY"], ["STORY", "useful", "--topic", "cuisine"]],
)
def test_a_rating_of_nothing_is_bad_usage(arguments: list[str], runner: Runner) -> None:
    """Exit code 2 for an unknown item, verdict or topic, or none."""
    story_id = collect(runner)
    told = runner.run("rate", *(story_id if one == "STORY" else one for one in arguments), code=2)
    assert told
    assert "Value error" not in told


def test_a_held_home_is_not_rated_in(runner: Runner) -> None:
    """Exit code 3, as for every command that writes; the list can be read all the same."""
    story_id = collect(runner)
    with hold_home(Home(runner.home)):
        runner.run("rate", story_id, "useful", code=3)
        assert runner.run("rate", "list") == []


def test_waiting_votes_are_taken_by_the_next_run(runner: Runner) -> None:
    """By a collection that brings nothing else, and before a rating that is given later."""
    story_id = collect(runner)
    queue_vote(Home(runner.home), story_id, "useful", None, NOW + HOUR, "a@example.org")
    runner.run("collect", "--no-embed", "--now", "2026-03-02T09:00+01:00")
    assert [row["verdict"] for row in runner.run("rate", "list")] == ["useful"]


def test_a_rating_does_not_change_an_issue_of_before(runner: Runner) -> None:
    """Built again at its own instant, the digest has the same bytes."""
    story_id = collect(runner)
    digest = ("digest", "--now", "2026-03-02T07:30+01:00")
    path = Path(runner.run(*digest)["digests"][0]["path"])
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    runner.run("rate", story_id, "off-topic", "--now", "2026-03-02T08:00+01:00")
    runner.run(*digest)
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before


def test_ratings_change_the_next_ranking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After a collection that brings nothing new, unrated stories like the useful ones score higher."""
    runner = Runner(tmp_path / "home", capsys)
    subjects = ["atelier d'écriture", "cantine scolaire"] * 9
    cities = ["Lyon", "Paris", "Nantes", "Lille", "Metz", "Dijon", "Tours", "Brest", "Nice", "Reims", "Nancy", "Rouen",
              "Caen", "Pau", "Albi", "Auch", "Agen", "Laon"]  # fmt: skip
    with open_web() as web:
        web.pages["/a"] = build_rss(
            *((city, f"{city} : Qualiopi, {one}", "") for city, one in zip(cities, subjects, strict=True))
        )
        write_home(runner.home, web, ["/a"])
        collect(runner)
        before = load_scores(runner)
        for city, one in list(zip(cities, subjects, strict=True))[:10]:
            story_id = runner.run("sql", f"SELECT story_id FROM stories WHERE title LIKE '{city} %'")[0]["story_id"]
            runner.run(
                "rate",
                story_id,
                "useful" if one.startswith("atelier") else "off-topic",
                "--now",
                "2026-03-02T08:00+01:00",
            )
        runner.run("collect", "--no-embed", "--now", "2026-03-02T09:00+01:00")
        after = load_scores(runner)
    assert all((after[city] > before[city]) == one.startswith("atelier")
               for city, one in list(zip(cities, subjects, strict=True))[10:])  # fmt: skip


def load_scores(runner: Runner) -> dict[str, float]:
    rows = runner.run("sql", "SELECT title, score FROM scores JOIN stories USING (story_id)")
    return {row["title"].split()[0]: row["score"] for row in rows}
