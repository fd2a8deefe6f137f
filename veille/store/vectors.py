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

READ_TOGETHER = 16_384  # vectors


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
        known = self._load_dimensions(model)
        if known is None:
            self._execute("INSERT INTO kept.models VALUES (?, ?)", model, dimensions)
        elif known != dimensions:
            raise StoreError(f"model {model}: {dimensions} dimensions, but {known} before")

    def _load_dimensions(self, model: str) -> int | None:
        rows = self._rows("SELECT dimensions FROM kept.models WHERE model = ?", model)
        return next((dimensions for (dimensions,) in rows), None)

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

    def load_vector_index(self, model: str) -> tuple[list[str], Vectors]:
        """Ids, in order, of the items that have a vector of this model, and the vectors as rows of a float32 matrix.

        Read in parts: of a hundred thousand items the matrix has 150 MB, and read at once it takes two times more.
        """
        import numpy as np

        with self._lock:
            held = self._connection.execute(
                """SELECT item_id, place FROM kept.items
                   JOIN (SELECT content_hash, rowid AS place FROM kept.embeddings WHERE model = ?) USING (content_hash)
                   ORDER BY item_id""",
                [model],
            ).fetchnumpy()
            ids, places = held["item_id"].tolist(), held["place"]
            matrix = np.empty((len(ids), self._load_dimensions(model) or 0), dtype=np.float32)
            for start in range(0, places.max(initial=-1) + 1, READ_TOGETHER):
                wanted = np.flatnonzero((places >= start) & (places < start + READ_TOGETHER))
                rows, vectors = self._load_part(model, start)
                matrix[wanted] = vectors[np.searchsorted(rows, places[wanted])]
        return ids, matrix

    def _load_part(self, model: str, start: int) -> tuple[NDArray[np.int64], Vectors]:
        """Row numbers of the table, in order, from ``start`` on, and the vectors of this model that stand there."""
        where = "FROM kept.embeddings WHERE model = ? AND rowid BETWEEN ? AND ?"
        part = [model, start, start + READ_TOGETHER - 1]
        rows = self._connection.execute(f"SELECT rowid AS place {where}", part).fetchnumpy()["place"]
        # One column of numbers: a list a row would be an object a row.
        numbers = self._connection.execute(f"SELECT unnest(vector) AS number {where}", part).fetchnumpy()["number"]
        return rows, numbers.reshape(len(rows), -1)

    def _load_by_id(self, query: str, *parameters: object) -> tuple[list[str], list[Vectors]]:
        with self._lock:
            columns = self._connection.execute(query, parameters).fetchnumpy()
        ids, vectors = columns["id"].tolist(), columns["vector"]
        order = sorted(range(len(ids)), key=ids.__getitem__)
        return [ids[row] for row in order], [vectors[row] for row in order]
