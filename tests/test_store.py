from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from veille.config import Source
from veille.store import FrozenDigestError, Store, StoreError, open_published, open_store
from veille.store.vectors import READ_TOGETHER
from veille.values import Bookmark, Course, Deadline, Event, Fetch, Item, Link, Member, Paper, Score, Story

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAY = timedelta(days=1)
PRESS = Source(id="campus", kind="rss", url="https://campus.example/feed")

# The contract's views, as DuckDB names the types.
VIEWS = {
    "items": "item_id VARCHAR, kind VARCHAR, section VARCHAR, source_id VARCHAR, guid VARCHAR, url VARCHAR,"
    " canonical_url VARCHAR, title VARCHAR, summary VARCHAR, authors VARCHAR[], language VARCHAR,"
    " published_at TIMESTAMPTZ, first_seen_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, content_hash VARCHAR,"
    " duplicate_of VARCHAR, story_id VARCHAR, doi VARCHAR, details JSON",
    "stories": "story_id VARCHAR, item_id VARCHAR, title VARCHAR, item_count BIGINT, source_count BIGINT,"
    " languages VARCHAR[], first_seen_at TIMESTAMPTZ, last_seen_at TIMESTAMPTZ",
    "story_items": "story_id VARCHAR, item_id VARCHAR, relation VARCHAR, similarity DOUBLE, reason VARCHAR",
    "scores": "story_id VARCHAR, topic_id VARCHAR, score DOUBLE, relevant BOOLEAN, reasons JSON",
    "papers": "item_id VARCHAR, doi VARCHAR, venue VARCHAR, year INTEGER, is_preprint BOOLEAN, is_retracted BOOLEAN,"
    " design VARCHAR, design_quote VARCHAR, sample_size BIGINT, effect VARCHAR, effect_quote VARCHAR,"
    " open_access_url VARCHAR",
    "events": "item_id VARCHAR, title VARCHAR, starts_on DATE, ends_on DATE, place VARCHAR, country VARCHAR,"
    " online BOOLEAN, status VARCHAR, deadline_kind VARCHAR, deadline_on DATE",
    "courses": "item_id VARCHAR, provider VARCHAR, starts_on DATE, ends_on DATE, enrolment_ends_on DATE,"
    " language VARCHAR, effort_hours DOUBLE",
    "sources": "source_id VARCHAR, kind VARCHAR, section VARCHAR, url VARCHAR, state VARCHAR,"
    " last_success_at TIMESTAMPTZ, consecutive_failures INTEGER, last_error VARCHAR, items_total BIGINT",
    "fetches": "source_id VARCHAR, started_at TIMESTAMPTZ, seconds DOUBLE, http_status INTEGER, outcome VARCHAR,"
    " bytes BIGINT, items_seen INTEGER, items_new INTEGER, items_changed INTEGER, items_rejected INTEGER,"
    " error VARCHAR",
    "topics_weekly": "topic_id VARCHAR, week VARCHAR, stories BIGINT, research_stories BIGINT, sources BIGINT,"
    " baseline DOUBLE, surge DOUBLE",
    "topic_evidence": "topic_id VARCHAR, section VARCHAR, stories_12w BIGINT, papers BIGINT,"
    " strongest_design VARCHAR, designs JSON, syntheses JSON",
    "phrases_weekly": "phrase VARCHAR, topic_id VARCHAR, week VARCHAR, stories BIGINT, baseline DOUBLE, surge DOUBLE",
    "digests": "digest_id VARCHAR, audience VARCHAR, week VARCHAR, generated_at TIMESTAMPTZ, path VARCHAR",
    "digest_entries": "digest_id VARCHAR, position INTEGER, section VARCHAR, topic_id VARCHAR, story_id VARCHAR,"
    " score DOUBLE",
    "deliveries": "digest_id VARCHAR, recipient VARCHAR, status VARCHAR, attempted_at TIMESTAMPTZ,"
    " message_id VARCHAR, error VARCHAR",
    "embeddings": "content_hash VARCHAR, model VARCHAR, vector FLOAT[]",
}


@pytest.fixture
def store(tmp_path: Path):
    with open_store(tmp_path) as opened:
        yield opened


def build_item(guid: str, **other) -> Item:
    url = f"https://campus.example/{guid}"
    known = {
        "source_id": "campus", "kind": "article", "section": "press", "guid": guid, "url": url, "canonical_url": url,
        "title": f"Titre {guid}", "summary": "L'été, déjà", "content_hash": f"hash-{guid}",
        "fingerprint": f"mark-{guid}",
    }  # fmt: skip
    return Item(**{**known, **other})


def save(store: Store, *items: Item, now: datetime = NOW, bookmark: Bookmark | None = None) -> tuple[int, int]:
    return store.save_page(PRESS, items, bookmark or Bookmark(), now)


def alone(item_id: str) -> Story:
    return Story(item_id, item_id, (Member(item_id, "same", 1.0, ""),))


def state_of(store: Store) -> str:
    store.publish()
    with open_published(store._data) as reader:
        return reader.execute("SELECT state FROM sources").fetchall()[0][0]


def test_an_item_is_new_once(store):
    """What a source tells again is neither new nor changed, within a page or later."""
    one = build_item("1")
    assert save(store, one, one, build_item("2")) == (2, 0)
    assert save(store, one, now=NOW + DAY) == (0, 0)
    assert [seen.first_seen_at for seen in store.load_items()] == [NOW, NOW]


def test_the_same_guid_at_another_source_is_another_item(store):
    """An item is one per source and guid."""
    save(store, build_item("1"))
    other = [build_item("1", source_id="autre")]
    assert store.save_pages([("autre", other, Bookmark())], NOW) == [(1, 0)]


def test_an_edited_item_is_changed_not_new(store):
    """Another fingerprint replaces the row, keeps the first sighting and moves the update."""
    save(store, build_item("1"))
    assert save(store, build_item("1", title="Corrigé", fingerprint="other"), now=NOW + DAY) == (0, 1)
    (seen,) = store.load_items()
    assert (seen.item.title, seen.first_seen_at, seen.updated_at) == ("Corrigé", NOW, NOW + DAY)


def test_a_new_date_alone_is_no_change(store):
    """What a reader does not see follows the source without counting."""
    save(store, build_item("1"))
    assert save(store, build_item("1", published_at=NOW - DAY), now=NOW + DAY) == (0, 0)
    (seen,) = store.load_items()
    assert (seen.item.published_at, seen.updated_at) == (NOW - DAY, NOW)


@pytest.mark.parametrize(
    "item",
    [
        build_item("1", authors=("A. Ünal", "B"), language="fr", published_at=NOW, identifiers={"doi": "10.1000/1"}),
        build_item("2", kind="paper", details=Paper(venue="Revue", year=2025, is_preprint=True)),
        build_item(
            "3",
            kind="event",
            details=Event(date(2026, 6, 1), date(2026, 6, 3), "Lyon", deadlines=(Deadline("other", date(2026, 4, 1)),)),
        ),
        build_item("4", kind="course", details=Course("FUN", date(2026, 5, 4), effort_hours=2.5)),
        build_item("5\nline", title='"quoted" \\ and \u2028 \x00 odd'),
    ],
    ids=lambda item: item.kind + item.guid[0],
)
def test_an_item_comes_back_as_it_was(store, item):
    """Every field, details included, survives the store."""
    save(store, item)
    assert [seen.item for seen in store.load_items()] == [item]


def test_half_a_character_does_not_cost_its_page(store):
    """A lone surrogate, which UTF-8 cannot hold, is replaced."""
    assert save(store, build_item("1", title="a\ud800b"), build_item("2")) == (2, 0)


def test_items_and_bookmark_are_saved_together_or_not_at_all(store):
    """A failure in the middle leaves neither items nor bookmark, and the store usable."""
    broken = Bookmark(etag="x", not_before=object())
    with pytest.raises(TypeError):
        save(store, build_item("1"), bookmark=broken)
    assert (store.load_items(), store.load_bookmarks()) == ([], {})
    assert save(store, build_item("1")) == (1, 0)


def test_a_bookmark_comes_back_as_it_was(store):
    """Each save replaces the source's bookmark."""
    kept = Bookmark("https://b.example/", '"e"', "Mon", "c", NOW, NOW - DAY, NOW - 2 * DAY, 3, True)
    save(store, bookmark=Bookmark(etag="old"))
    store.save_fetch(Fetch("campus", NOW, 0.5, "failed", error="timeout"), kept)
    assert store.load_bookmarks() == {"campus": kept}


def test_items_are_found_by_first_sighting(store):
    """Both ends are included."""
    for day in range(4):
        save(store, build_item(str(day)), now=NOW + day * DAY)
    found = store.load_items(since=NOW + DAY, until=NOW + 2 * DAY)
    assert [seen.item.guid for seen in found] == ["1", "2"]
    assert store.load_items(item_ids=[]) == []
    assert store.load_sample(3) == store.load_sample(3, until=NOW + 9 * DAY)
    assert [seen.item.guid for seen in store.load_sample(3, until=NOW)] == ["0"]


def test_every_view_of_the_contract_has_its_columns(store):
    """Names and types, in a copy attached under any alias by a plain client."""
    store.publish()
    with duckdb.connect() as reader:
        reader.execute(f"ATTACH '{store._data / 'veille.duckdb'}' AS other (READ_ONLY)")
        for view, wanted in VIEWS.items():
            found = {
                name: kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
                for name, kind, *_ in reader.execute(f"DESCRIBE other.{view}").fetchall()
            }
            assert dict(column.split() for column in wanted.split(",")).items() <= found.items(), view
            reader.execute(f"SELECT * FROM other.{view}").fetchall()


def test_events_have_a_row_a_deadline(store):
    """An event without a deadline has one row."""
    deadlines = (Deadline("submission", date(2026, 4, 1)), Deadline("notification", date(2026, 5, 1)))
    save(store, build_item("1", kind="event", details=Event(deadlines=deadlines)))
    save(store, build_item("2", kind="event", details=Event()))
    store.publish()
    with open_published(store._data) as reader:
        rows = reader.execute("SELECT title, deadline_on FROM events ORDER BY ALL").fetchall()
    assert rows == [("Titre 1", date(2026, 4, 1)), ("Titre 1", date(2026, 5, 1)), ("Titre 2", None)]


def test_a_duplicate_points_to_the_earliest(store):
    """A shared identifier or canonical address, at any source, is told in `duplicate_of`."""
    first = build_item("1", identifiers={"doi": "10.1000/1"})
    same_doi = build_item("2", identifiers={"arxiv": "9", "doi": "10.1000/1"})
    same_url = build_item("3", canonical_url=first.canonical_url)
    for day, item in enumerate([first, same_doi, same_url, build_item("4")]):
        save(store, item, now=NOW + day * DAY)
    store.save_duplicates()
    store.publish()
    with open_published(store._data) as reader:
        rows = reader.execute("SELECT guid, duplicate_of FROM items ORDER BY guid").fetchall()
    assert rows == [("1", None), ("2", first.item_id), ("3", first.item_id), ("4", None)]


def test_a_reader_keeps_what_it_opened(store):
    """Publishing replaces the file in one step; who reads goes on, who opens next sees the new one."""
    save(store, build_item("1"))
    stale = store.publish().with_name("veille.duckdb.wal")
    with open_published(store._data) as before:
        stale.write_bytes(b"left by a writer")
        save(store, build_item("2"))
        store.publish()
        with open_published(store._data) as after:
            assert [r.execute("SELECT count(*) FROM items").fetchall() for r in (before, after)] == [[(1,)], [(2,)]]
    assert not stale.exists()
    assert save(store, build_item("3")) == (1, 0)


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM kept.items", "SELECT * FROM read_text('/etc/hostname')", "SET threads = 1", "ATTACH 'other.duckdb'"],
)
def test_the_published_copy_can_only_be_read(store, statement):
    """No writing, no other files, no settings."""
    store.publish()
    with open_published(store._data) as reader, pytest.raises(duckdb.Error):
        reader.execute(statement)


def test_nothing_published_is_said(tmp_path):
    """Before the first run there is no copy to read."""
    with pytest.raises(StoreError, match="nothing is published"):
        open_published(tmp_path)


def test_a_store_of_a_newer_version_is_refused(tmp_path):
    """It is not opened, and says why."""
    with open_store(tmp_path) as store:
        store._execute("INSERT INTO kept.migrations VALUES (99, 'later')")
    with pytest.raises(StoreError, match="newer veille"):
        open_store(tmp_path)


@pytest.mark.parametrize("content", [b"", b"junk" * 5000, b"SQLite format 3\0" + b"x" * 100])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path, content):
    """Nothing is written over what is not a DuckDB file."""
    path = tmp_path / "store.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(tmp_path)
    assert path.read_bytes() == content


def test_a_foreign_database_is_refused(tmp_path):
    """A DuckDB file with other tables is not veille's."""
    with duckdb.connect(str(tmp_path / "store.duckdb")) as other:
        other.execute("CREATE TABLE mine (x INTEGER)")
    with pytest.raises(StoreError, match="not one of veille's"):
        open_store(tmp_path)


def test_what_was_saved_is_there_when_opened_again(tmp_path):
    """Closing loses nothing, and no migration runs twice."""
    with open_store(tmp_path) as store:
        save(store, build_item("1"))
    with open_store(tmp_path) as store:
        assert [seen.item.guid for seen in store.load_items()] == ["1"]


@pytest.mark.parametrize(
    ("state", "bookmark", "outcome", "enabled"),
    [
        ("new", Bookmark(), "unsupported", True),
        ("ok", Bookmark(last_success_at=NOW), "new", True),
        ("empty", Bookmark(last_success_at=NOW), "empty", True),
        ("stale", Bookmark(last_success_at=NOW + 15 * DAY), "unchanged", True),
        ("failing", Bookmark(last_success_at=NOW, consecutive_failures=1), "failed", True),
        ("gone", Bookmark(consecutive_failures=1, gone=True), "gone", True),
        ("disabled", Bookmark(gone=True), "gone", False),
    ],
)
def test_the_state_of_a_source(store, state, bookmark, outcome, enabled):
    """It follows the configuration, then the bookmark, then what the source told."""
    store.sync_sources([PRESS.model_copy(update={"enabled": enabled})], NOW)
    save(store, build_item("1", published_at=NOW))
    store.save_fetch(Fetch("campus", NOW, 0.1, outcome), bookmark)
    assert state_of(store) == state


def test_a_slow_source_is_not_stale_at_its_own_pace(store):
    """Four usual intervals may pass, if that is more than a fortnight."""
    store.sync_sources([PRESS], NOW)
    items = [build_item(str(month), published_at=NOW - month * 30 * DAY) for month in range(5)]
    save(store, *items, bookmark=Bookmark(last_success_at=NOW + 100 * DAY))
    assert state_of(store) == "ok"
    save(store, bookmark=Bookmark(last_success_at=NOW + 121 * DAY))
    assert state_of(store) == "stale"


SALON = {"kind": "event", "details": Event(starts_on=date(2026, 3, 20), ends_on=date(2026, 3, 21))}
CALL = {"kind": "event", "details": Event(deadlines=(Deadline("submission", date(2026, 3, 20)),))}
STUDY = {"kind": "paper", "details": Paper(), "published_at": NOW - 900 * DAY}
OLD = {"published_at": NOW - 900 * DAY}


@pytest.mark.parametrize(
    ("saved", "last_day_well"),
    [
        ({0: {"1": SALON}}, 32),  # a fortnight after it was over
        ({0: {"1": CALL}}, 31),
        ({0: {"1": SALON}, 40: {"1": {**SALON, "fingerprint": "edited"}}}, 54),
        ({0: {"1": STUDY}, 10: {"2": STUDY}}, 24),
        ({0: {"1": OLD}, 10: {"2": OLD}}, 24),
        ({0: {"1": OLD}}, -1),
    ],
    ids=["event", "deadline", "edited", "papers", "found later", "archive"],
)
def test_signs_of_life(store, saved, last_day_well):
    """Dates ahead, an edit, a paper or another item found: a fortnight's silence after the last is no harm."""
    store.sync_sources([PRESS], NOW)
    for day, entries in saved.items():
        save(store, *(build_item(guid, **told) for guid, told in entries.items()), now=NOW + day * DAY)
    for day, state in ((last_day_well, "ok"), (last_day_well + 1, "stale")):
        if day >= 0:
            at = NOW + day * DAY
            store.save_fetch(Fetch("campus", at, 0.1, "new"), Bookmark(last_success_at=at))
            assert (state_of(store), store.load_health(at)[0][1]) == (state, state)


def test_a_source_out_of_the_configuration_is_not_shown(store):
    """Its items stay, and it comes back with its history."""
    store.sync_sources([PRESS], NOW)
    save(store, build_item("1"))
    store.sync_sources([], NOW)
    store.publish()
    with open_published(store._data) as reader:
        assert reader.execute("SELECT (SELECT count(*) FROM sources), (SELECT count(*) FROM items)").fetchall() == [
            (0, 1)
        ]
    store.sync_sources([PRESS], NOW + DAY)
    assert state_of(store) == "new"


def test_an_old_story_comes_back_when_it_is_overturned(store):
    """Edited after months, an event that was cancelled or moved and a paper that was retracted are of the new weeks."""
    before = {"kind": "event", "details": Event(starts_on=date(2026, 9, 1), place="Antwerp")}
    edits = {
        "place": (before, {**before, "details": Event(starts_on=date(2026, 9, 1), place="Antwerpen")}),
        "cancelled": (before, {**before, "details": Event(starts_on=date(2026, 9, 1), status="cancelled")}),
        "moved": (before, {**before, "details": Event(starts_on=date(2026, 9, 8), place="Antwerp")}),
        "retracted": ({"kind": "paper", "details": Paper()}, {"kind": "paper", "details": Paper(is_retracted=True)}),
        "reworded": ({}, {"title": "Autrement"}),
    }
    save(store, *(build_item(guid, **first) for guid, (first, _) in edits.items()))
    guid_of = {seen.item_id: seen.item.guid for seen in store.load_items()}
    store.save_stories(list(guid_of), [alone(item_id) for item_id in guid_of], NOW)
    later = NOW + 60 * DAY
    save(store, *(build_item(guid, fingerprint="other", **second) for guid, (_, second) in edits.items()), now=later)
    told = store.load_stories(since=later - 28 * DAY, until=later)
    assert {guid_of[story.story_id] for story in told} == {"cancelled", "moved", "retracted"}


def test_vectors_come_back_exactly(store):
    """In the order of their hashes, as float32; an item each in the index; others of the same hash replaced."""
    save(store, build_item("1", content_hash="b"), build_item("2", content_hash="b"), build_item("3", content_hash="a"))
    vectors = np.random.default_rng(1).standard_normal((3, 384)).astype(np.float32)
    store.save_vectors("m", ["b", "a", "topic"], vectors[[2, 1, 0]])
    store.save_vectors("m", ["b"], vectors[:1])
    hashes, matrix = store.load_vectors("m", until=NOW)
    assert hashes == ["a", "b"]
    assert matrix.dtype == np.float32
    assert np.array_equal(matrix, vectors[[1, 0]])
    assert store.load_vectors("m", hashes=["topic", "missing"])[0] == ["topic"]
    ids, index = store.load_vector_index("m")
    hash_of = {seen.item_id: seen.item.content_hash for seen in store.load_items()}
    assert [hash_of[item_id] for item_id in ids] == [{0: "b", 1: "a"}[int(row[0] == vectors[1, 0])] for row in index]
    assert store.load_vectors("other")[1].shape == (0, 0)
    with pytest.raises(StoreError, match="dimensions"):
        store.save_vectors("m", ["c"], vectors[:1, :5])


def test_each_item_has_its_vector_in_the_index_wherever_that_stands(store):
    """Vectors that were replaced, or stand among those of another model or far apart, go with their own items."""
    texts = [f"hash-{number}" for number in range(3 * READ_TOGETHER // 2)]
    vectors = np.random.default_rng(1).standard_normal((len(texts), 2)).astype(np.float32)
    held = [0, 5, READ_TOGETHER - 1, READ_TOGETHER, len(texts) - 1]
    save(store, *(build_item(str(number)) for number in held), build_item("twin", content_hash="hash-5"))
    store.save_vectors("other", texts[:10], vectors[:10])
    store.save_vectors("m", texts, vectors)
    store.save_vectors("m", ["hash-5"], vectors[:1] + 1)
    ids, index = store.load_vector_index("m")
    number_of = {seen.item_id: int(seen.item.content_hash[5:]) for seen in store.load_items()}
    assert ids == sorted(number_of)
    expected = [vectors[0] + 1 if number == 5 else vectors[number] for number in map(number_of.get, ids)]
    assert np.array_equal(index, expected)
    assert store.load_vector_index("unknown")[1].shape == (0, 0)


def test_each_text_is_embedded_once(store):
    """Equal texts are one, the newest come first, and what has a vector of the model is not asked again."""
    save(store, build_item("1"), build_item("2", content_hash="hash-1"))
    save(store, build_item("3"), now=NOW + DAY)
    assert [row[0] for row in store.load_unembedded("m")] == ["hash-3", "hash-1"]
    assert [row[0] for row in store.load_unembedded("m", limit=1)] == ["hash-3"]
    store.save_vectors("m", ["hash-3"], np.ones((1, 2), dtype=np.float32))
    assert [row[0] for row in store.load_unembedded("m")] == ["hash-1"]
    assert [row[0] for row in store.load_unembedded("other")] == ["hash-3", "hash-1"]


def test_an_item_is_linked_again_when_it_says_something_else(store):
    """New, edited and newly embedded items are unlinked, and those whose run died before its end; others not."""
    save(store, build_item("1"), build_item("2"))
    ids = store.load_unlinked("m")
    assert ids == [build_item("1").item_id, build_item("2").item_id]
    store.save_links(ids, [])
    store.save_lone_stories(ids, NOW)
    assert store.load_unlinked("m") == ids
    store.save_placed(ids)
    assert store.load_unlinked("m") == []
    store.save_vectors("m", ["hash-1"], np.ones((1, 2), dtype=np.float32))
    save(store, build_item("2", fingerprint="edited"), now=NOW + DAY)
    assert sorted(store.load_unlinked("m")) == sorted(ids)
    store.save_placed(ids)
    assert store.load_unlinked("m") == []


def test_pairs_share_a_key(store):
    """Only pairs with an item asked for, and not through a key that a crowd shares."""
    store.save_keys({"a": ["doi:1", "all"], "b": ["doi:1", "all"], "c": ["all"], "d": []})
    assert sorted(store.load_pairs(["b"])) == [("a", "b"), ("b", "c")]
    assert store.load_pairs(["b"], crowd=2) == [("a", "b")]
    assert store.load_pairs(["d"]) == []
    store.save_keys({"b": []})
    assert store.load_pairs(["a"]) == [("a", "c")]


def test_an_item_that_nothing_touches_is_a_story_of_its_own(store):
    """One that a story has already is not made one again."""
    c, d = (build_item(guid).item_id for guid in "34")
    save(store, *(build_item(guid) for guid in "34"))
    store.save_stories([c], [alone(c)], NOW)
    assert store.save_lone_stories([c, d], NOW) == 1
    assert store.load_stories(since=NOW, until=NOW) == sorted([alone(c), alone(d)], key=lambda story: story.story_id)


def test_links_and_stories_hold_items_together(store):
    """Links as they are now, and memberships beside those of an item in its own story."""
    a, b, c, d, e = (build_item(guid).item_id for guid in "12345")
    links = [Link(*sorted(pair), "same", 1.0, "same address") for pair in ((a, b), (b, c))]
    store.save_links([a, b, c], links)
    store.save_stories([c, d], [Story(c, c, (Member(c, "same", 1.0, ""), Member(d, "same", 0.9, "near")))], NOW)
    store.save_lone_stories([e], NOW)
    assert sorted(store.load_edges()) == sorted([tuple(sorted((a, b))), tuple(sorted((b, c))), (c, d)])
    assert store.load_links([a]) == links[:1]
    store.save_links([b], [])
    assert store.load_edges() == [(c, d)]


def test_stories_are_replaced_and_counted_once(store):
    """A story that lost its items is gone with its scores, and what is told later is not told before."""
    one, two = build_item("1"), build_item("2")
    save(store, one)
    save(store, two, now=NOW + DAY)
    a, b = one.item_id, two.item_id
    assert store.save_stories([a, b], [alone(a), alone(b)], NOW) == 2
    store.save_scores([Score(b, "ia", 0.5, True, ({"kind": "words"},))], "topics")
    both = Story(a, b, (Member(a, "same", 1.0, ""), Member(b, "same", 0.9, "near")))
    assert store.save_stories([a, b], [both], NOW) == 0
    assert store.load_stories(since=NOW, until=NOW + DAY) == [both]
    assert store.load_stories(since=NOW, until=NOW) == [alone(a)]
    assert store.load_scores() == []


def test_a_story_is_scored_again_when_it_or_the_topics_changed(store):
    """Until then it is not."""
    save(store, build_item("1"))
    (seen,) = store.load_items()
    score = Score(seen.item_id, "ia", 0.5, True, ({"kind": "words", "terms": ["été"]},))
    store.save_stories([seen.item_id], [alone(seen.item_id)], NOW)
    assert store.load_unscored("t", NOW) == [seen.item_id]
    store.save_scores([score], "t")
    assert (store.load_unscored("t", NOW), store.load_scores()) == ([], [score])
    assert store.load_unscored("other", NOW) == [seen.item_id]
    store.save_stories([seen.item_id], [alone(seen.item_id)], NOW)
    assert store.load_unscored("t", NOW) == [seen.item_id]


def test_recent_stories_are_scored_again_beside_one_that_was_not(store):
    """Older ones keep the scores that they have."""
    old, recent, new = (build_item(guid) for guid in "123")
    save(store, old)
    save(store, recent, now=NOW + 2 * DAY)
    save(store, new, now=NOW + 3 * DAY)
    ids = [item.item_id for item in (old, recent, new)]
    store.save_stories(ids, [alone(item_id) for item_id in ids], NOW)
    store.save_scores([Score(item_id, "ia", 0.5, True) for item_id in ids[:2]], "t")
    assert store.load_unscored("t", NOW + DAY) == sorted(ids[1:])
    assert [(row[0], row[-1]) for row in store.load_texts(ids[:1], 3)] == [(ids[0], old.canonical_url)]


def save_digest(store: Store, week: str, entries, recipients=(("a@example.org", "<a>"), ("b@example.org", "<b>"))):
    store.save_digest(f"equipe-{week}", "equipe", week, NOW, f"{week}/equipe", entries, recipients)


def test_a_digest_is_frozen_by_its_first_accepted_message(store):
    """Built again before, it is replaced; after, it is refused and stays."""
    save_digest(store, "2026-W10", [(1, "topic", "ia", "s1", 0.5, ["i1"])])
    save_digest(store, "2026-W10", [(1, "topic", "ia", "s2", 0.5, ["i2"])])
    store.save_delivery("equipe-2026-W10", "a@example.org", "retry", NOW, "<a>", "451 later")
    assert not store.is_frozen("equipe-2026-W10")
    assert [address for address, _ in store.load_pending("equipe-2026-W10")] == ["a@example.org", "b@example.org"]
    store.save_delivery("equipe-2026-W10", "a@example.org", "sent", NOW, "<a>")
    assert store.load_pending("equipe-2026-W10") == [("b@example.org", "<b>")]
    assert store.is_frozen("equipe-2026-W10")
    with pytest.raises(FrozenDigestError):
        save_digest(store, "2026-W10", [])
    assert store.load_shown("equipe", "2026-W11") == ({"s2"}, {"i2"}, NOW)


def test_a_digest_does_not_look_at_itself(store):
    """Only earlier weeks of the same audience were shown."""
    save_digest(store, "2026-W10", [(1, "topic", "ia", "s1", 0.5, ["i1"])])
    assert store.load_shown("equipe", "2026-W10") == (set(), set(), None)
    assert store.load_shown("autre", "2026-W11") == (set(), set(), None)


def test_who_refused_is_not_written_to_again(store):
    """A refusal outlives the rebuilding of the digest; who left the list is forgotten."""
    save_digest(store, "2026-W10", [])
    store.save_delivery("equipe-2026-W10", "a@example.org", "refused", NOW, "<a>", "550 no such user")
    save_digest(store, "2026-W10", [], [("a@example.org", "<a>"), ("c@example.org", "<c>")])
    assert store.load_pending("equipe-2026-W10") == [("c@example.org", "<c>")]
