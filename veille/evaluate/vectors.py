"""Vectors of labelled texts, kept in the user's cache folder beside the bundled model, so that a file embeds once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from veille.embed import TextEmbedder
from veille.values import short_hash

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Held = dict[str, NDArray[np.float32]]  # by key of task and text, the oldest first

logger = logging.getLogger(__name__)

MOST_VECTORS = 50_000  # a model: some 80 MB
MOST_MODELS = 4
AT_ONCE = 1_024  # texts: what a crash may cost


class RememberingEmbedder:
    """An embedder that never embeds a text twice: the model and its text recipe are in the name of its file."""

    def __init__(self, embedder: TextEmbedder, folder: Path | None = None) -> None:
        self._embedder = embedder
        self._folder = folder or vectors_folder()
        self._file = self._folder / f"{short_hash(embedder.model)}.npz"
        self._held: Held | None = None
        self.model = embedder.model

    def embed_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> Vectors:
        """As `veille.embed.Embedder.embed_passages`; progress counts what was not known."""
        tell = on_progress or (lambda _done: None)

        def embed(part: Sequence[str], before: int) -> Vectors:
            return self._embedder.embed_passages(part, lambda done: tell(before + done))

        return self._embed("passage", texts, embed)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As `veille.embed.Embedder.embed_queries`."""
        return self._embed("query", texts, lambda part, _before: self._embedder.embed_queries(part))

    def _embed(self, task: str, texts: Sequence[str], embed: Callable[[Sequence[str], int], Vectors]) -> Vectors:
        import numpy as np

        if self._held is None:
            self._held = load_vectors(self._file)
        keys = [short_hash(task, text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._held}
        waiting = iter(missing.items())
        before = 0
        while part := dict(islice(waiting, AT_ONCE)):
            fresh = dict(zip(part, embed(list(part.values()), before), strict=True))
            self._held |= fresh
            save_vectors(self._file, fresh)
            before += len(part)
        if not keys:
            return self._embedder.embed_passages([])
        return np.stack([self._held[key] for key in keys])


def vectors_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("veille") / "evaluated"


def load_vectors(file: Path) -> Held:
    """What the file holds; nothing where there is none or it is damaged."""
    import numpy as np

    try:
        with np.load(file) as kept:
            return dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
        logger.warning("%s: unreadable, its texts are embedded again (%s)", file, error)
        return {}


def save_vectors(file: Path, fresh: Held) -> None:
    """Add these to what the file holds by now, in one step; without the oldest where they are too many.

    A cache that cannot be written costs time, not the result.
    """
    import numpy as np
    from filelock import FileLock

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock")):
            kept = list((load_vectors(file) | fresh).items())[-MOST_VECTORS:]
            partial = file.with_suffix(".partial")
            with partial.open("wb") as open_file:
                np.savez(open_file, keys=np.array([key for key, _ in kept]), vectors=np.stack([row for _, row in kept]))
            partial.replace(file)
        _drop_oldest(file.parent)
    except OSError as error:
        logger.warning("%s: vectors cannot be kept (%s)", file, error)


def _drop_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[MOST_MODELS:]:
        path.unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)
