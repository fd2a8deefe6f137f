"""Hybrid search in the published database: a ranking by meaning and one by words, fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from veille.embed import Embedder
from veille.rank.reading import word_query
from veille.rank.words import Frequencies, Query, rank_bm25, split_words, stem_words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FUSION_CONSTANT = 60  # of reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009
DEPTH = 200  # ranks of each list that take part
FEW = 20  # texts of a language: their usual closeness is half that of all
MOST_MATCHES = 3_000  # texts scored by their words, those with most of the asked words first
COLUMNS = ("item_id", "story_id", "title", "url", "source_id", "section", "language", "published_at", "summary")

Row = dict[str, Any]


def search(connection: DuckDBPyConnection, embedder: Embedder, text: str, limit: int = 20) -> list[Row]:
    """The best stories for a question in French or English, best first; each by its best item.

    A row has `COLUMNS`, ``score`` (1 when first in both rankings), and its ranks ``by_meaning`` and ``by_words``.
    The first has a rank by words where any text has one of them. Raises `veille.embed.ModelUnavailableError`.
    """
    by_meaning = _find_by_meaning(connection, embedder, text)
    by_words = _find_by_words(connection, text)
    ranks = [{item_id: rank for rank, item_id in enumerate(found, 1)} for found in (by_meaning, by_words)]
    fused = fuse(by_words, by_meaning)
    rows = _load_rows(connection, list(fused))
    best: dict[str, Row] = {}
    for item_id, score in fused.items():
        row = rows[item_id]
        story = row["story_id"] or item_id
        if story not in best:
            meaning, words = (rank.get(item_id) for rank in ranks)
            best[story] = {**row, "score": round(score, 4), "by_meaning": meaning, "by_words": words}
    return list(best.values())[:limit]


def fuse(*rankings: Sequence[str]) -> dict[str, float]:
    """Reciprocal rank fusion: ids to scores, best first; 1 for what is first in every one of them.

    Of equal scores, what the earlier ranking found comes first.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, item_id in enumerate(ranking[:DEPTH], 1):
            share = (FUSION_CONSTANT + 1) / (FUSION_CONSTANT + rank) / len(rankings)
            scores[item_id] = scores.get(item_id, 0.0) + share
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))


def has_words(rows: Sequence[Row]) -> bool:
    """Whether any text has one of the words that these rows were found for, or its translation; else only meaning."""
    return any(row["by_words"] for row in rows)


def _find_by_meaning(connection: DuckDBPyConnection, embedder: Embedder, text: str) -> list[str]:
    """The closest texts, each against what its language usually gets: texts of one language are close to begin with."""
    known = connection.execute("SELECT 1 FROM embeddings WHERE model = ? LIMIT 1", [embedder.model]).fetchone()
    if known is None:
        return []
    vector = embedder.embed_queries([text])[0].tolist()
    rows = connection.execute(
        """
        WITH near AS (
            SELECT item_id, left(coalesce(language, ''), 2) AS language,
                   list_inner_product(vector, ?::FLOAT[]) AS cosine
            FROM embeddings JOIN items USING (content_hash) WHERE model = ?),
        usual AS (
            SELECT language, (sum(cosine) + ? * (SELECT avg(cosine) FROM near)) / (count(*) + ?) AS cosine
            FROM near GROUP BY language)
        SELECT item_id FROM near JOIN usual USING (language)
        ORDER BY near.cosine - usual.cosine DESC, item_id LIMIT ?""",
        [vector, embedder.model, FEW, FEW, DEPTH],
    )
    return [item_id for (item_id,) in rows.fetchall()]


def _find_by_words(connection: DuckDBPyConnection, text: str) -> list[str]:
    query = word_query((text, 1.0))
    if not query:
        return []
    rows, frequencies = _load_matches(connection, query)
    documents = [stem_words(split_words(f"{title} {summary}"), language) for _, title, summary, language in rows]
    scores = rank_bm25([query], documents, frequencies)[:, 0].tolist()
    found = sorted((-score, row[0]) for score, row in zip(scores, rows, strict=True) if score > 0)
    return [item_id for _, item_id in found]


def _load_matches(connection: DuckDBPyConnection, query: Query) -> tuple[list[tuple[Any, ...]], Frequencies]:
    """Texts that hold the beginning of an asked word, and how many there are for each stem."""
    stems = sorted({stem for word in query for stem in word})
    # A stem may end otherwise than the word did (policy, polici), but they begin alike.
    heads = [stem[:-1] if len(stem) > 4 else stem for stem in stems]
    tests = [f"contains(words, ${position})" for position in range(1, len(heads) + 1)]
    texts = "SELECT *, strip_accents(lower(title || ' ' || summary)) AS words FROM items"
    counts = connection.execute(
        f"SELECT count(*), avg(length(words)), {', '.join(f'count_if({test})' for test in tests)} FROM ({texts})", heads
    ).fetchone()
    assert counts is not None
    matches = " + ".join(f"{test}::INTEGER" for test in tests)
    rows = connection.execute(
        f"""
        SELECT item_id, title, summary, language FROM (SELECT *, {matches} AS matches FROM ({texts})) WHERE matches > 0
        ORDER BY matches DESC, coalesce(published_at, first_seen_at) DESC, item_id LIMIT {MOST_MATCHES}""",
        heads,
    ).fetchall()
    characters_a_stem = 9.0  # of French and English text, function words counted with the stem before them
    return rows, Frequencies(counts[0], (counts[1] or 0) / characters_a_stem, dict(zip(stems, counts[2:], strict=True)))


def _load_rows(connection: DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, Row]:
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM items WHERE item_id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)]
    )
    return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in found.fetchall()}
