"""How the store's tables came to be: numbered steps, each a named function and one transaction.

Steps are only ever appended. The tables live in the schema ``kept`` and hold no index and no key constraint: the
store has one writer, which replaces rows by deleting and inserting them, and a scan of 100,000 narrow rows takes
milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        CREATE TABLE kept.sources (
            source_id VARCHAR, kind VARCHAR, section VARCHAR, url VARCHAR, language VARCHAR, weight DOUBLE,
            enabled BOOLEAN, configured BOOLEAN, added_at TIMESTAMPTZ);
        CREATE TABLE kept.bookmarks (
            source_id VARCHAR, url VARCHAR, etag VARCHAR, last_modified VARCHAR, cursor VARCHAR,
            not_before TIMESTAMPTZ, last_success_at TIMESTAMPTZ, first_failure_at TIMESTAMPTZ,
            consecutive_failures INTEGER, gone BOOLEAN);
        CREATE TABLE kept.fetches (
            source_id VARCHAR, started_at TIMESTAMPTZ, seconds DOUBLE, http_status INTEGER, outcome VARCHAR,
            bytes BIGINT, items_seen INTEGER, items_new INTEGER, items_changed INTEGER, items_rejected INTEGER,
            tdm_reserved BOOLEAN, error VARCHAR);
        CREATE TABLE kept.items (
            item_id VARCHAR, source_id VARCHAR, kind VARCHAR, section VARCHAR, guid VARCHAR, url VARCHAR,
            canonical_url VARCHAR, title VARCHAR, summary VARCHAR, authors VARCHAR[], language VARCHAR,
            published_at TIMESTAMPTZ, identifiers JSON, details JSON, content_hash VARCHAR,
            fingerprint VARCHAR, row_hash VARCHAR, first_seen_at TIMESTAMPTZ, updated_at TIMESTAMPTZ);
        CREATE TABLE kept.duplicates (item_id VARCHAR, duplicate_of VARCHAR);
        CREATE TABLE kept.models (model VARCHAR, dimensions INTEGER);
        CREATE TABLE kept.embeddings (content_hash VARCHAR, model VARCHAR, vector FLOAT[]);
        CREATE TABLE kept.item_keys (item_id VARCHAR, key VARCHAR);
        CREATE TABLE kept.links (a VARCHAR, b VARCHAR, relation VARCHAR, similarity DOUBLE, reason VARCHAR);
        CREATE TABLE kept.linked (item_id VARCHAR, fingerprint VARCHAR, models VARCHAR[]);
        CREATE TABLE kept.stories (story_id VARCHAR, item_id VARCHAR, built_at TIMESTAMPTZ);
        CREATE TABLE kept.story_items (
            story_id VARCHAR, item_id VARCHAR, relation VARCHAR, similarity DOUBLE, reason VARCHAR);
        CREATE TABLE kept.scores (story_id VARCHAR, topic_id VARCHAR, score DOUBLE, relevant BOOLEAN, reasons JSON);
        CREATE TABLE kept.scored (story_id VARCHAR, topics VARCHAR);
        CREATE TABLE kept.digests (
            digest_id VARCHAR, audience VARCHAR, week VARCHAR, generated_at TIMESTAMPTZ, path VARCHAR);
        CREATE TABLE kept.digest_entries (
            digest_id VARCHAR, position INTEGER, section VARCHAR, topic_id VARCHAR, story_id VARCHAR, score DOUBLE,
            item_ids VARCHAR[]);
        CREATE TABLE kept.deliveries (
            digest_id VARCHAR, recipient VARCHAR, status VARCHAR, attempted_at TIMESTAMPTZ, message_id VARCHAR,
            error VARCHAR);
        CREATE TABLE kept.analysed (mark VARCHAR);
        CREATE TABLE kept.runs (
            kind VARCHAR, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, exit_code INTEGER, summary JSON);
    """)


def add_what_is_made_of_items(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        CREATE TABLE kept.evidence (
            item_id VARCHAR, mark VARCHAR, design VARCHAR, design_quote VARCHAR, sample_size BIGINT, setting VARCHAR,
            effect VARCHAR, effect_quote VARCHAR);
        CREATE TABLE kept.ratings (
            story_id VARCHAR, item_id VARCHAR, topic_id VARCHAR, verdict VARCHAR, rated_at TIMESTAMPTZ, rater VARCHAR);
        CREATE TABLE kept.scales (name VARCHAR, model VARCHAR, scale JSON, fitted_at TIMESTAMPTZ);
        CREATE TABLE kept.crowding (content_hash VARCHAR, model VARCHAR, crowding FLOAT);
        CREATE TABLE kept.topics_weekly (
            topic_id VARCHAR, week VARCHAR, stories BIGINT, research_stories BIGINT, sources BIGINT, baseline DOUBLE,
            surge DOUBLE);
        CREATE TABLE kept.phrases_weekly (
            phrase VARCHAR, topic_id VARCHAR, week VARCHAR, stories BIGINT, baseline DOUBLE, surge DOUBLE);
        CREATE TABLE kept.topic_evidence (
            topic_id VARCHAR, section VARCHAR, stories_12w BIGINT, papers BIGINT, strongest_design VARCHAR,
            designs JSON, syntheses JSON);
        CREATE TABLE kept.suppressions (audience VARCHAR, recipient VARCHAR, reason VARCHAR, since TIMESTAMPTZ);
        ALTER TABLE kept.bookmarks ADD COLUMN busy_host VARCHAR;
        DELETE FROM kept.analysed;  -- so that the next collection fills them
    """)


def add_what_overturned_and_what_is_news(connection: duckdb.DuckDBPyConnection) -> None:
    """Before, the last change of what is cancelled, moved or retracted counted as its being so."""
    connection.execute("""
        ALTER TABLE kept.topics_weekly ADD COLUMN news BIGINT DEFAULT 0;  -- counted by the next collection
        ALTER TABLE kept.items ADD COLUMN overturned_at TIMESTAMPTZ;
        UPDATE kept.items SET overturned_at = updated_at
        WHERE (details->>'status') IN ('cancelled', 'moved') OR (details->>'is_retracted') = 'true';
    """)


MIGRATIONS: tuple[Callable[[duckdb.DuckDBPyConnection], None], ...] = (
    create_tables,
    add_what_is_made_of_items,
    add_what_overturned_and_what_is_news,
)
