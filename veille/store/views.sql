-- The contract of the published database. Names are qualified by schema only, so that a copy can be attached under any
-- alias. Nothing here reads the wall clock or the session's time zone: a copy says the same at any time and place.

CREATE VIEW items AS
SELECT i.item_id, i.kind, i.section, i.source_id, i.guid, i.url, i.canonical_url, i.title, i.summary, i.authors,
       i.language, i.published_at, i.first_seen_at, i.updated_at, i.content_hash, d.duplicate_of, s.story_id,
       i.identifiers->>'doi' AS doi, i.identifiers, i.details
FROM kept.items i
LEFT JOIN kept.duplicates d USING (item_id)
LEFT JOIN kept.story_items s USING (item_id);

CREATE VIEW story_items AS SELECT story_id, item_id, relation, similarity, reason FROM kept.story_items;

CREATE VIEW stories AS
WITH told AS (
    SELECT m.story_id, count(*) AS item_count, count(DISTINCT i.source_id) AS source_count,
           list_sort(list(DISTINCT i.language) FILTER (i.language IS NOT NULL)) AS languages,
           min(i.first_seen_at) AS first_seen_at, max(i.first_seen_at) AS last_seen_at
    FROM kept.story_items m JOIN kept.items i USING (item_id)
    GROUP BY m.story_id)
SELECT s.story_id, s.item_id, i.title, t.item_count, t.source_count, coalesce(t.languages, []) AS languages,
       t.first_seen_at, t.last_seen_at
FROM kept.stories s JOIN told t USING (story_id) LEFT JOIN kept.items i ON i.item_id = s.item_id;

CREATE VIEW scores AS SELECT story_id, topic_id, score, relevant, reasons FROM kept.scores;

CREATE VIEW papers AS
SELECT i.item_id, i.identifiers->>'doi' AS doi, i.details->>'venue' AS venue, (i.details->>'year')::INTEGER AS year,
       (i.details->>'is_preprint')::BOOLEAN AS is_preprint, (i.details->>'is_retracted')::BOOLEAN AS is_retracted,
       coalesce(e.design, 'unknown') AS design, e.design_quote, e.sample_size, e.setting, e.effect, e.effect_quote,
       i.details->>'open_access_url' AS open_access_url
FROM kept.items i LEFT JOIN kept.evidence e USING (item_id)
WHERE i.kind = 'paper';

-- Past is what was over everywhere (the last time zone is twelve hours behind UTC) when the last collection began.
CREATE VIEW events AS
WITH deadlines AS (
    SELECT item_id, unnest(from_json(details->'deadlines', '[{"kind": "VARCHAR", "on": "DATE"}]')) AS deadline
    FROM kept.items WHERE kind = 'event'),
clock AS (
    SELECT (make_timestamp(epoch_us(arg_max(started_at, rowid))) - INTERVAL 12 HOUR)::DATE AS today
    FROM kept.runs WHERE kind = 'collect')
SELECT i.item_id, i.title, (i.details->>'starts_on')::DATE AS starts_on, (i.details->>'ends_on')::DATE AS ends_on,
       i.details->>'place' AS place, i.details->>'country' AS country, (i.details->>'online')::BOOLEAN AS online,
       CASE WHEN (i.details->>'status') <> 'cancelled'
                 AND coalesce(i.details->>'ends_on', i.details->>'starts_on')::DATE < c.today THEN 'past'
            ELSE coalesce(i.details->>'status', 'planned') END AS status,
       d.deadline.kind AS deadline_kind, d.deadline."on" AS deadline_on,
       (i.details->>'starts_at')::TIMESTAMPTZ AS starts_at, (i.details->>'ends_at')::TIMESTAMPTZ AS ends_at
FROM kept.items i CROSS JOIN clock c LEFT JOIN deadlines d USING (item_id)
WHERE i.kind = 'event';

CREATE VIEW courses AS
SELECT item_id, details->>'provider' AS provider, (details->>'starts_on')::DATE AS starts_on,
       (details->>'ends_on')::DATE AS ends_on, (details->>'enrolment_ends_on')::DATE AS enrolment_ends_on, language,
       (details->>'effort_hours')::DOUBLE AS effort_hours, coalesce(details->>'status', 'planned') AS status
FROM kept.items WHERE kind = 'course';

-- How alive the sources were at an instant: when each last brought or changed something, the last day of its dated
-- things, and how long it may be silent: a fortnight, or four of the usual intervals between the days of its items. An
-- item counts on its own day; a paper, which indexes find late, and what was added later count when they were found.
CREATE OR REPLACE MACRO kept.life_until(instant) AS TABLE
WITH told AS (
    SELECT source_id, coalesce(published_at, first_seen_at) AS told_at,
           kind = 'paper' OR first_seen_at > min(first_seen_at) OVER (PARTITION BY source_id) AS found,
           greatest(told_at, CASE WHEN found THEN first_seen_at END,
                    CASE WHEN updated_at > first_seen_at AND updated_at <= instant THEN updated_at END) AS sign_at,
           CASE WHEN kind IN ('event', 'course')
                THEN greatest(details->>'ends_on', details->>'starts_on', details->>'enrolment_ends_on',
                              list_max(details->>'$.deadlines[*].on'))::DATE END AS last_on
    FROM kept.items WHERE first_seen_at <= instant),
days AS (SELECT DISTINCT source_id, epoch(told_at) // 86400 AS day FROM told),
gaps AS (SELECT source_id, day - lag(day) OVER (PARTITION BY source_id ORDER BY day) AS gap FROM days),
pace AS (SELECT source_id, greatest(14, 4 * coalesce(median(gap), 0)) * 86400 AS patience_seconds FROM gaps GROUP BY ALL)
SELECT source_id, count(*) AS items_total, max(sign_at) AS newest_at,
       greatest(epoch(max(sign_at)), epoch(max(last_on)::TIMESTAMP)) + any_value(patience_seconds) AS patient_until
FROM told JOIN pace USING (source_id) GROUP BY source_id;

-- A source is as its bookmark says: whoever writes the bookmark decides whether an answer ended a failure. `stale`:
-- when it was last read, it had been silent for longer than it may, and all that it dates was over.
CREATE VIEW sources AS
WITH life AS (FROM kept.life_until('infinity'::TIMESTAMPTZ)),
answers AS (
    SELECT source_id, arg_max(outcome, started_at) FILTER (outcome <> 'unchanged') AS last_outcome,
           arg_max(error, started_at) FILTER (error IS NOT NULL) AS last_error,
           arg_max(tdm_reserved, started_at) FILTER (http_status = 200) AS tdm_reserved
    FROM kept.fetches GROUP BY source_id)
SELECT s.source_id, s.kind, s.section, s.url,
       CASE WHEN NOT s.enabled THEN 'disabled'
            WHEN b.gone THEN 'gone'
            WHEN b.consecutive_failures > 0 THEN 'failing'
            WHEN b.last_success_at IS NULL THEN 'new'
            WHEN a.last_outcome = 'empty' THEN 'empty'
            WHEN epoch(b.last_success_at) > l.patient_until THEN 'stale'
            ELSE 'ok' END AS state,
       b.last_success_at, coalesce(b.consecutive_failures, 0) AS consecutive_failures, a.last_error,
       coalesce(l.items_total, 0) AS items_total, b.first_failure_at, l.newest_at, a.tdm_reserved
FROM kept.sources s
LEFT JOIN kept.bookmarks b USING (source_id)
LEFT JOIN life l USING (source_id)
LEFT JOIN answers a USING (source_id)
WHERE s.configured;

CREATE VIEW fetches AS
SELECT source_id, started_at, seconds, http_status, outcome, bytes, items_seen, items_new, items_changed,
       items_rejected, tdm_reserved, error
FROM kept.fetches;

-- Weeks are ISO weeks in UTC of a story's first sighting; what baseline and surge are, `veille.trends.weeks` says.
CREATE VIEW topics_weekly AS
SELECT topic_id, week, stories, research_stories, sources, baseline, surge, news FROM kept.topics_weekly;

CREATE VIEW topic_evidence AS
SELECT topic_id, section, stories_12w, papers, strongest_design, designs, syntheses FROM kept.topic_evidence;

CREATE VIEW phrases_weekly AS SELECT phrase, topic_id, week, stories, baseline, surge FROM kept.phrases_weekly;

-- What each rater last said of each story and topic. A story that was joined with another is found through its item.
CREATE VIEW ratings AS
WITH said AS (
    SELECT coalesce(s.story_id, r.story_id) AS story_id, r.item_id, r.topic_id, r.verdict, r.rated_at
    FROM kept.ratings r LEFT JOIN kept.story_items s USING (item_id)
    QUALIFY row_number() OVER (PARTITION BY coalesce(s.story_id, r.story_id), r.topic_id, r.rater
                               ORDER BY r.rated_at DESC, r.item_id) = 1)
SELECT story_id, item_id, topic_id, verdict, rated_at FROM said WHERE verdict <> 'undo';

CREATE VIEW digests AS SELECT digest_id, audience, week, generated_at, path FROM kept.digests;

CREATE VIEW digest_entries AS
SELECT digest_id, position, section, topic_id, story_id, score, item_ids FROM kept.digest_entries;

-- A year after its issue a row has no recipient, message_id and error any more: it is there to be counted.
CREATE VIEW deliveries AS
SELECT digest_id, recipient, status, attempted_at, message_id, error FROM kept.deliveries WHERE status IS NOT NULL;

-- An audience of '*' means every one.
CREATE VIEW suppressions AS SELECT audience, recipient, reason, since FROM kept.suppressions;

CREATE VIEW embeddings AS SELECT content_hash, model, vector FROM kept.embeddings;

CREATE VIEW runs AS SELECT kind, started_at, finished_at, exit_code, summary FROM kept.runs;
