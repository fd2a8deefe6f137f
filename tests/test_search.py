"""Search: a question finds what is about it, in whichever language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from veille.search import fuse, has_words, search
from veille.store import Store, open_published, open_store
from veille.values import Bookmark, Item

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TEXTS = {
    "exam": ("fr", "Évaluer autrement : retour sur trois examens oraux"),
    "cantine": ("fr", "La cantine du lycée change de fournisseur"),
    "gymnase": ("fr", "Un gymnase neuf pour la rentrée"),
    "dropout": ("en", "Student dropout falls in two evening schools"),
    "canteen": ("en", "The canteen has a new supplier"),
    "gym": ("en", "A new gym opens in September"),
}
# One number for what French texts share with the question, by being French, and one for its subject.
VECTORS = {
    "exam": (0.9, 0.3),
    "cantine": (0.9, 0.0),
    "gymnase": (0.9, 0.1),
    "dropout": (0.2, 0.9),
    "canteen": (0.2, 0.0),
}


class Embedder:
    """Knows the vectors of the texts above, and asks about the subject in French."""

    model = "hand-written"

    def embed_queries(self, texts: list[str]) -> Any:
        return np.array([(0.8, 0.6)] * len(texts), dtype=np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as store:
        items = [
            Item(
                "s", "article", "press", guid, f"https://s.example/{guid}", f"https://s.example/{guid}", title, "",
                language=language, content_hash=guid, fingerprint=guid, published_at=NOW,
            )
            for guid, (language, title) in TEXTS.items()
        ]  # fmt: skip
        store.save_pages([("s", items, Bookmark())], NOW)
        yield store


def find(store: Store, text: str) -> list[dict[str, Any]]:
    store.publish()
    with open_published(store._data) as connection:
        return search(connection, Embedder(), text)  # type: ignore[arg-type]


def test_a_text_is_close_against_what_its_language_usually_gets(store: Store) -> None:
    """All French texts are close to a French question: an English one on its subject stands above them."""
    # Twenty times each, so that both languages know what is usual.
    many = {f"{guid} {copy}": VECTORS[guid] for guid in VECTORS for copy in range(20)}
    items = [
        Item(
            "m", "article", "press", guid, f"https://m.example/{guid}", f"https://m.example/{guid}", "Rien", "",
            language=TEXTS[guid.partition(" ")[0]][0], content_hash=guid, fingerprint=guid,
        )
        for guid in many
    ]  # fmt: skip
    store.save_pages([("m", items, Bookmark())], NOW)
    store.save_vectors(Embedder.model, list(many), np.array(list(many.values()), dtype=np.float32))
    found = find(store, "zzz")
    assert {row["url"].rsplit("/")[-1].partition(" ")[0] for row in found} == {"dropout"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [("décrochage scolaire", "dropout"), ("assessment with exams", "exam"), ("fournisseur de la cantine", "cantine")],
)
def test_words_are_looked_for_in_both_languages(store: Store, question: str, expected: str) -> None:
    """A word finds the texts that have it, and after them those that have its translation."""
    assert find(store, question)[0]["url"] == f"https://s.example/{expected}"


def test_words_that_no_text_has_are_found_by_meaning_alone(store: Store) -> None:
    """The rows tell, however few of them are asked for; what meaning alone finds has no full score."""
    store.save_vectors(Embedder.model, list(VECTORS), np.array(list(VECTORS.values()), dtype=np.float32))
    store.publish()
    with open_published(store._data) as connection:
        for question, worded in (("zzzzqqq", False), ("gym", True), ("cantine zzzzqqq", True)):
            for limit in (1, 20):
                rows = search(connection, Embedder(), question, limit)  # type: ignore[arg-type]
                assert has_words(rows) == worded
                assert worded or rows[0]["score"] == 0.5


def test_what_is_first_in_both_rankings_scores_1() -> None:
    """And what only one of them knows, less than what both know."""
    scores = fuse(["a", "b", "c"], ["a", "c"])
    assert scores["a"] == 1
    assert list(scores) == ["a", "c", "b"]
    assert fuse([], ["x"]) == {"x": 0.5}
