"""What a home rated becomes a labelled file: taken out of a real home, and measured as any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import build_rss, open_web, write_home
from tests.test_evaluate import WordEmbedder
from tests.test_export import record
from veille.analyse import embed_new, rank_known
from veille.cli import run_command
from veille.config import Topic
from veille.evaluate import MEASURES, Measured, Setting
from veille.evaluate.labelled import parse_ranking
from veille.export.labelled import build_labelled, render_labelled
from veille.home import Home, load_config
from veille.rank.learned import settle_ratings
from veille.store import open_published, open_store
from veille.store.exports import load_measured_ids
from veille.values import Rating

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
AT = "2026-03-02T07:00+01:00"
SHARED = ("q1", "Qualiopi : le guide de lecture change en avril", "Les organismes certifiés Qualiopi ont six mois.")
FEEDS = {
    "/a": [
        SHARED,
        ("c1", "CPF : le reste à charge augmente", "Le décret est paru au Journal officiel."),
        ("s1", "Le stade ferme sous la pluie", "Un match de football est reporté."),
        ("r1", "La cantine passe au bio", "Le menu change au lycée."),
    ],
    "/b": [
        SHARED,
        ("i1", "Un robot conversationnel aide à réviser", "L’IA générative entre en classe de seconde."),
        ("i2", "ChatGPT tutors reach the classroom", "Generative AI & pupils: <3 months later."),
    ],
}
SECOND_TOPIC = "  - {id: ia-generative, name: IA générative en classe, keywords: [ChatGPT], weight: 2}\ndigests:"


def rating(story_id: str, topic_id: str, verdict: Any, rater: str = "") -> Rating:
    return Rating(story_id, story_id, topic_id, verdict, NOW, rater)


# --- from ratings to a file


def test_a_story_has_one_mark_for_a_topic() -> None:
    """What most raters said; where they are even, nothing is judged."""
    said = [
        rating("s1", "ia", "useful", "a"), rating("s1", "ia", "useful", "b"), rating("s1", "ia", "off-topic", "c"),
        rating("s2", "ia", "useful", "a"), rating("s2", "ia", "off-topic", "b"),
        rating("s1", "droit", "off-topic"),
    ]  # fmt: skip
    assert settle_ratings(said, of="story_id") == {"ia": {"s1": True}, "droit": {"s1": False}}


def test_a_judged_story_stands_with_all_its_items() -> None:
    """It is judged by the item that it is told by; what nobody rated is judged for no topic."""
    records = [record("a2", story="s1", leads=False), record("a1", story="s1"), record("b1"), record("c1")]
    topics = [Topic(id="ia", name="IA"), Topic(id="droit", name="Droit", keywords=("CPF",), weight=2)]
    document = build_labelled(topics, records, {"ia": {"s1": True, "b1": False}, "droit": {}})
    assert [one["id"] for one in document["items"]] == ["a2", "a1", "b1", "c1"]
    assert (document["relevant"], document["judged"]) == (
        {"ia": ["a1"], "droit": []},
        {"ia": ["a1", "b1"], "droit": []},
    )
    assert document["stories"] == {"s1": ["a1", "a2"]}
    assert document["topics"][1] == {"id": "droit", "name": "Droit", "keywords": ["CPF"], "weight": 2.0}
    assert json.loads(render_labelled(document)) == document


def test_an_item_carries_its_text_and_nobody_s_name() -> None:
    """What ranking reads of it, and its day: no author, source or rater."""
    document = build_labelled([], [record("a1", 'Un "titre"\u2028 à l’é\\té')], {})
    (item,) = json.loads(render_labelled(document))["items"]
    assert item == {
        "id": "a1", "title": 'Un "titre"\u2028 à l’é\\té', "summary": "Un résumé.", "language": "fr",
        "published_at": "2026-02-24T00:00:00+00:00",
    }  # fmt: skip


# --- a real home


class Reader:
    """A person with a home, who types commands."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys

    def run(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        self.capsys.readouterr()
        assert run_command(["--home", str(self.home), "--now", AT, *arguments]) == code
        said = self.capsys.readouterr()
        return said.out, said.err

    def rate(self, title: str, verdict: str, topic: str) -> None:
        out, _ = self.run("sql", f"SELECT story_id FROM stories WHERE title LIKE '{title}%'", "--json")
        self.run("rate", json.loads(out)[0]["story_id"], verdict, "--topic", topic)

    def export(self) -> Mapping[str, Any]:
        self.run("export", "labelled", "--output", str(self.home / "ratings.json"))
        document: dict[str, Any] = json.loads((self.home / "ratings.json").read_bytes())
        return document

    def measure(self) -> Measured:
        return MEASURES["ranking"]((self.home / "ratings.json").read_text("utf-8"), Setting(WordEmbedder(), NOW))


@pytest.fixture
def reader(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Reader:
    """One with two topics and six stories, one of which two sources tell."""
    home = tmp_path / "home"
    with open_web() as web:
        for path, entries in FEEDS.items():
            web.pages[path] = build_rss(*((guid, title, escape(escape(text))) for guid, title, text in entries))
        write_home(home, web, list(FEEDS))
        organisation = (home / "organisation.yaml").read_text("utf-8").replace("digests:", SECOND_TOPIC)
        (home / "organisation.yaml").write_text(organisation, "utf-8")
        sources = (home / "sources.yaml").read_text("utf-8").replace(", language: fr", "")
        (home / "sources.yaml").write_text(sources, "utf-8")
        assert run_command(["--home", str(home), "-q", "--now", AT, "collect", "--no-embed"]) == 0
    return Reader(home, capsys)


def test_ratings_are_measured(reader: Reader) -> None:
    """Rated, exported, measured: figures on what was rated, over the whole home as what is usual."""
    for title, verdict in (("Qualiopi", "useful"), ("CPF", "useful"), ("Le stade", "off-topic")):
        reader.rate(title, verdict, "reglementation")
    reader.rate("ChatGPT", "useful", "ia-generative")
    document = reader.export()
    assert {name: len(ids) for name, ids in document["judged"].items()} == {"reglementation": 3, "ia-generative": 1}
    assert {name: len(ids) for name, ids in document["relevant"].items()} == {"reglementation": 2, "ia-generative": 1}
    assert len(document["items"]) == 7
    figures = reader.measure().figures
    assert (figures["judged"], figures["auc"], figures["ndcg10"]) == (4, 1.0, 1.0)
    assert figures["topics"]["reglementation"]["judged"] == 3
    assert figures["left_out"] == {"ia-generative": {"judged": 1, "why": "all that is judged is relevant"}}


def test_the_file_scores_as_the_home_does(reader: Reader) -> None:
    """A rated story has the score that it has at home before ratings teach, also where several items tell it."""
    reader.rate("Qualiopi", "useful", "reglementation")
    reader.rate("Un robot", "off-topic", "reglementation")
    reader.export()
    topics, embedder = load_config(Home(reader.home)).topics, WordEmbedder()
    with open_store(reader.home / "data") as store:
        embed_new(store, embedder, topics, lambda _done, _of: None)
        stories = store.load_stories(since=NOW, until=NOW)
        at_home = {
            (score.topic_id, score.story_id): score.score
            for score in rank_known(store, topics, embedder.model, stories, NOW).scores
            if score.reasons != ({"kind": "off-topic"},)  # said, not measured
        }
    assert sorted(len(story.members) for story in stories) == [1, 1, 1, 1, 1, 2]
    predicted = {(row["topic"], row["id"]): row["score"] for row in reader.measure().predictions}
    assert {(topic, story): predicted[topic, story] for topic, story in at_home} == pytest.approx(at_home, abs=1e-5)


def test_texts_come_through_as_they_are(reader: Reader) -> None:
    """Read again as a labelled file, an item has the title, text and language that it has at home."""
    reader.export()
    labelled = parse_ranking((reader.home / "ratings.json").read_text("utf-8"), NOW)
    with open_store(reader.home / "data") as store:
        at_home = {seen.item_id: seen.item for seen in store.load_items()}
    assert "Generative AI & pupils: <3 months later." in {item.summary for item in labelled.items}
    for item_id, item in zip(labelled.ids, labelled.items, strict=True):
        known = at_home[item_id]
        assert (item.title, item.summary, item.language, item.content_hash, item.published_at) == (
            known.title, known.summary, known.language, known.content_hash, known.published_at,
        )  # fmt: skip


def test_a_large_home_is_stood_for_by_a_sample(reader: Reader) -> None:
    """All items of what was judged come first, then those that scales are fitted on: the same ones each time."""
    with open_store(reader.home / "data") as store:
        drawn = {seen.item_id for seen in store.load_sample(2)}
        told_twice = next(story for story in store.load_stories(since=NOW, until=NOW) if len(story.members) == 2)
    with open_published(reader.home / "data") as connection:
        ids = load_measured_ids(connection, [told_twice.story_id], 2)
        assert load_measured_ids(connection, [], 2) == sorted(drawn)
    members = {member.item_id for member in told_twice.members}
    assert set(ids[:2]) == members
    assert ids[2:] == sorted(drawn - members)


def test_the_person_is_told_what_is_judged(reader: Reader) -> None:
    """How much was said, and what is left out; nothing to measure is told, too."""
    file = reader.home / "ratings.json"
    _, told = reader.run("export", "labelled", "--output", str(file))
    assert told.startswith("Nothing is judged: rate some stories")
    _, told = reader.run("eval", "ranking", str(file), code=2)
    assert "no item is judged for any topic" in told
    reader.rate("Qualiopi", "useful", "reglementation")
    reader.rate("Qualiopi", "off-topic", "ia-generative")
    _, told = reader.run("export", "labelled", "--output", str(file))
    assert told == f"7 items in {file}: 2 judgements, 1 of them useful\n"
    organisation = reader.home / "organisation.yaml"
    organisation.write_text(organisation.read_text("utf-8").replace("{id: ia-generative", "{id: other"), "utf-8")
    out, _ = reader.run("export", "labelled", "--output", str(file), "--json")
    counts = {name: value for name, value in json.loads(out).items() if name not in ("path", "format")}
    assert counts == {"items": 7, "judged": 1, "useful": 1, "left_out": 1}


def test_ratings_are_exported_whole(reader: Reader) -> None:
    """An issue, a topic, a search or a kind would make a file that says less than it seems to."""
    for option, value in (("--topic", "reglementation"), ("--kind", "paper"), ("--search", "cpf"), ("--digest", "x")):
        _, told = reader.run("export", "labelled", option, value, code=2)
        assert "narrows" in told


def test_the_same_ratings_give_the_same_file(reader: Reader) -> None:
    """Byte for byte."""
    reader.rate("CPF", "useful", "reglementation")
    out, _ = reader.run("export", "labelled")
    assert out == reader.run("export", "labelled")[0]
    assert out.endswith("}\n")
