"""The vectors of texts, by content and model: equal texts have one, and a new model has its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from veille.store.rows import IDS, Rows, StoreError, encode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class Embeddings(Rows):
    """Vectors, a text each."""

    def load_unembedded(self, model: str, limit: int | None = None) -> list[tuple[str, str, str]]:
        """Content hash, title and summary of each distinct text without a vector of this model, newest first."""
        return [
            (content_hash, title, summary)
            for content_hash, title, summary in self._rows(
                """SELECT content_hash, first(title ORDER BY item_id), first(summary ORDER BY item_id)
                   FROM kept.items
                   ANTI JOIN (SELECT content_hash FROM kept.embeddings WHERE model = ?) USING (content_hash)
                   GROUP BY content_hash ORDER BY max(first_seen_at) DESC, content_hash LIMIT ?""",
                model,
                limit,
            )
        ]

    def load_missing_hashes(self, model: str, hashes: Sequence[str]) -> list[str]:
        """Those of the hashes that have no vector of this model, in their order."""
        query = f"SELECT content_hash FROM kept.embeddings WHERE model = ? AND content_hash IN {IDS}"
        known = {row[0] for row in self._rows(query, model, encode(hashes))}
        return [content_hash for content_hash in hashes if content_hash not in known]

    def has_vectors(self, model: str) -> bool:
        """Whether any text was embedded with this model."""
        return bool(self._rows("SELECT 1 FROM kept.embeddings WHERE model = ? LIMIT 1", model))

    def save_vectors(self, model: str, hashes: Sequence[str], vectors: Vectors) -> None:
        """Keep a unit vector a text, rows of a float32 matrix in the order of the hashes; others of theirs go.

        Raises `StoreError` if the model's earlier vectors have another number of dimensions.
        """
        import numpy as np

        if not len(hashes):
            return
        matrix = np.asarray(vectors, dtype=np.float32)
        if matrix.ndim != 2 or len(matrix) != len(hashes):
            raise ValueError(f"{len(hashes)} hashes, but vectors of shape {matrix.shape}")
        # DuckDB scans numpy columns as they are; as a nested parameter each number would be a Python object.
        columns = {f"c{number}": np.ascontiguousarray(column) for number, column in enumerate(matrix.T)}
        columns["content_hash"] = np.array(list(hashes), dtype=object)
        listed = ", ".join(f"c{number}" for number in range(matrix.shape[1]))
        with self._transaction():
            self._check_dimensions(model, matrix.shape[1])
            self._execute(
                f"DELETE FROM kept.embeddings WHERE model = ? AND content_hash IN {IDS}", model, encode(hashes)
            )
            self._connection.register("given_vectors", columns)
            try:
                self._execute(
                    f"INSERT INTO kept.embeddings SELECT content_hash, ?, [{listed}] FROM given_vectors", model
                )
            finally:
                self._connection.unregister("given_vectors")

    def _check_dimensions(self, model: str, dimensions: int) -> None:
        known = self._rows("SELECT dimensions FROM kept.models WHERE model = ?", model)
        if not known:
            self._execute("INSERT INTO kept.models VALUES (?, ?)", model, dimensions)
        elif known != [(dimensions,)]:
            raise StoreError(f"model {model}: {dimensions} dimensions, but {known[0][0]} before")

    def load_vectors(
        self, model: str, *, hashes: Sequence[str] | None = None, until: datetime | None = None
    ) -> tuple[list[str], Vectors]:
        """Content hashes in order, and their vectors as rows of a float32 matrix.

        Only those named; with ``until`` only texts of items first seen up to then.
        """
        import numpy as np

        condition, parameters = "model = ?", list[object]([model])
        if hashes is not None:
            condition, parameters = f"{condition} AND content_hash IN {IDS}", [*parameters, encode(hashes)]
        if until is not None:
            condition += " AND content_hash IN (SELECT content_hash FROM kept.items WHERE first_seen_at <= ?)"
            parameters = [*parameters, until]
        ids, vectors = self._load_by_id(
            f"SELECT content_hash AS id, vector FROM kept.embeddings WHERE {condition}", *parameters
        )
        if not ids:
            return [], np.empty((0, 0), dtype=np.float32)
        return ids, np.concatenate(vectors).reshape(len(ids), -1)  # much faster than to stack them

    def load_vector_index(self, model: str) -> tuple[list[str], list[Vectors]]:
        """Ids, in order, of the items that have a vector of this model, and the float32 vector of each.

        No matrix: for a hundred thousand items it would take 150 MB once more.
        """
        return self._load_by_id(
            """SELECT item_id AS id, vector FROM kept.items
               JOIN (SELECT content_hash, vector FROM kept.embeddings WHERE model = ?) USING (content_hash)""",
            model,
        )

    def _load_by_id(self, query: str, *parameters: object) -> tuple[list[str], list[Vectors]]:
        with self._lock:
            columns = self._connection.execute(query, parameters).fetchnumpy()
        ids, vectors = columns["id"].tolist(), columns["vector"]
        order = sorted(range(len(ids)), key=ids.__getitem__)
        return [ids[row] for row in order], [vectors[row] for row in order]
