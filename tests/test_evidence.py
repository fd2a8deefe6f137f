"""What a paper says of how it knows: read from its own words, or taken from the source's data, and kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from veille.analyse import update_evidence
from veille.config import Source
from veille.evidence import RULES, read_evidence
from veille.evidence.designs import CUES, ORDER
from veille.evidence.numbers import parse_count
from veille.evidence.sentences import find_sentences, split_abstract
from veille.evidence.stated import design_of
from veille.store import Store, open_published, open_store
from veille.values import Bookmark, Evidence, Item, Paper

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASES = Path(__file__).parent / "cases" / "evidence"


def load_cases(name: str) -> list[list[Any]]:
    return list(json.loads((CASES / f"{name}.json").read_text("utf-8")))


def paper(title: str, summary: str, *, guid: str = "p1", **details: Any) -> Item:
    return Item(
        "s", "paper", "research", guid, f"https://example.org/{guid}", f"https://example.org/{guid}", title, summary,
        details=Paper(**details), fingerprint=f"{title} {summary}",
    )  # fmt: skip


# --- designs


@pytest.mark.parametrize(("title", "summary", "design", "quote"), load_cases("designs"))
def test_a_design_is_what_the_text_claims_of_itself(title: str, summary: str, design: str, quote: str | None) -> None:
    """The design is the one that the work claims for itself, with the sentence that claims it, else unknown."""
    read = read_evidence(paper(title, summary))
    assert (read.design, read.design_quote) == (design, quote)


def test_structured_data_wins() -> None:
    """What the source states as data wins over the text, and needs no quote."""
    read = read_evidence(paper("A qualitative study of tutors", "", design="Randomized Controlled Trial"))
    assert (read.design, read.design_quote) == ("rct", None)


@pytest.mark.parametrize(
    ("stated", "design"),
    [
        ("systematic_review", "systematic-review"), ("Meta-Analysis", "meta-analysis"), ("RCT", "rct"),
        ("non-randomized controlled trial", "quasi-experimental"), ("Cohort Study", "observational"),
        ("cross_sectional", "observational"), ("Qualitative", "qualitative"), ("study-protocol", "protocol"),
        ("editorial", "opinion"), ("article", None), ("review", None), (None, None),
    ],
)  # fmt: skip
def test_the_words_of_sources_are_put_in_ours(stated: str | None, design: str | None) -> None:
    """A source's own name for a design is one of the list; a name that says nothing of it leaves the text to speak."""
    assert design_of(stated) == design


def test_every_cue_is_for_a_design_of_the_list() -> None:
    """Cues name designs that there are, and their stems can occur in what they match."""
    assert {cue.design for cue in CUES} == set(ORDER)
    assert all(cue.stem == cue.stem.lower() for cue in CUES)


# --- figures


@pytest.mark.parametrize(("text", "size", "setting", "effect"), load_cases("readings"))
def test_figures_are_read_as_stated(text: str, size: int | None, setting: str | None, effect: str | None) -> None:
    """Sample, setting and effect are read from English and French sentences, and from nothing that is not one."""
    read = read_evidence(paper("", text))
    assert (read.sample_size, read.setting, read.effect) == (size, setting, effect)
    assert read.effect_quote == (text if effect else None)


def test_a_synthesis_counts_studies() -> None:
    """The sample of a synthesis is the studies that it kept, not those that it found, nor their participants."""
    text = (
        "Of 1,250 articles retrieved, 38 studies met the inclusion criteria. They cover 9,000 pupils. "
        "The mean effect was d = 0.31."
    )
    read = read_evidence(paper("Peer tutoring: a meta-analysis", text))
    assert (read.sample_size, read.effect) == (38, "d = 0.31")


def test_other_peoples_figures_are_not_its_own() -> None:
    """What the background tells of earlier studies is neither sample nor effect of the work."""
    text = (
        "BACKGROUND: Previous studies of 5,000 pupils found d = 0.80. METHODS: We tested 64 pupils. RESULTS: d = 0.12."
    )
    read = read_evidence(paper("Reading aloud", text))
    assert (read.sample_size, read.effect, read.effect_quote) == (64, "d = 0.12", "d = 0.12.")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("12,509", 12509), ("12 509", 12509), ("twenty-eight", 28), ("one hundred and five", 105), ("vingt et un", 21),
        ("quatre-vingt-douze", 92), ("soixante-dix", 70), ("deux cents", 200), ("three thousand", 3000), ("many", None),
    ],
)  # fmt: skip
def test_counts_are_read_in_digits_and_words(text: str, count: int | None) -> None:
    """Numbers are read in both languages' ways to write them."""
    assert parse_count(text) == count


# --- sentences and bounds


def test_sentences_are_substrings() -> None:
    """Abbreviations, initials and decimals do not end a sentence; each is verbatim in the text, headings apart."""
    text = "Smith et al. found p = 0.05, i.e. little. J. Doe disagrees (Fig. 2). Vraiment ? « Oui. » Fin."
    found = list(find_sentences(text))
    assert found == [
        "Smith et al. found p = 0.05, i.e. little.",
        "J. Doe disagrees (Fig. 2).",
        "Vraiment ?",
        "« Oui. »",
        "Fin.",
    ]
    parts = [
        (one.part, one.quote)
        for one in split_abstract("T", "METHODS: We asked. MÉTHODE : On mesure. Conclusion. Fini.")
    ]
    assert parts == [("title", "T"), ("methods", "We asked."), ("methods", "On mesure."), ("conclusion", "Fini.")]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000, "randomised " * 100_000, "we were conducted a " * 60_000, "1 " * 500_000, "1,1" * 300_000,
        "d = [0.1, " * 100_000, "(((((" * 200_000, "twenty " * 150_000, "protocol-" * 100_000,
        "students and control group " * 40_000,
        "\n\n. " * 250_000, "\ud800\u0000İ" * 300_000, "interviews, with the, " * 50_000,
    ],
)  # fmt: skip
def test_hostile_texts_cost_nothing(text: str) -> None:
    """However long a text and however often it repeats itself, it is read within moments, quotes being substrings."""
    read = read_evidence(paper(text, text))
    assert read.design_quote is None or read.design_quote in text


# --- stored


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def put(store: Store, *items: Item) -> None:
    source = Source(id="s", kind="rss", url="https://example.org/feed", section="research")
    store.save_page(source, items, Bookmark(), NOW)


def test_papers_are_read_once(store: Store) -> None:
    """Papers that are new or edited are read, and nothing else is, nor anything twice."""
    tutors = paper("Tutors: a qualitative study", "We met 12 tutors.", guid="a")
    news = replace(paper("Tutors: a qualitative study", "", guid="b"), kind="article", details=None)
    put(store, tutors, news)
    assert (update_evidence(store), update_evidence(store)) == (1, 0)
    put(store, replace(tutors, summary="We met 14 students.", fingerprint="edited"))
    assert update_evidence(store) == 1
    assert store.load_evidence([tutors.item_id, news.item_id]) == {
        tutors.item_id: Evidence("qualitative", "Tutors: a qualitative study", 14)
    }


def test_other_rules_read_again(store: Store) -> None:
    """What older rules read is read again, and replaced."""
    put(store, tutors := paper("Tutors: a qualitative study", ""))
    store.save_evidence("0", {tutors.item_id: (tutors.fingerprint, Evidence("opinion"))})
    assert store.load_unread(RULES) == [tutors.item_id]
    assert update_evidence(store) == 1
    assert store.load_evidence([tutors.item_id])[tutors.item_id].design == "qualitative"


def test_what_was_read_is_published(store: Store, tmp_path: Path) -> None:
    """The view `papers` says design, quotes, sample, setting and effect."""
    text = "We randomly assigned 64 pupils of primary schools. Reading improved (d = 0.35, 95% CI 0.20 to 0.50)."
    put(store, paper("Reading aloud", text))
    update_evidence(store)
    store.publish()
    with open_published(tmp_path) as reader:
        row = reader.execute(
            "SELECT design, design_quote, sample_size, setting, effect, effect_quote FROM papers"
        ).fetchone()
    first, second = find_sentences(text)
    assert row == ("rct", first, 64, "primary", "d = 0.35 [0.20, 0.50]", second)
