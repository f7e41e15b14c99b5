-- The first day of the block under which answers are shown.
ALTER TABLE answer_cell ADD COLUMN shown_since DATE;

-- Answers as sums over time read them: each block's answers lie evenly over the weeks in which they were given, so that
-- waiting for others neither moves them to the week in which the block closes nor leaves the weeks before it empty.
CREATE VIEW response_spread AS
SELECT s.* EXCLUDE (weeks), CAST(unnest(s.weeks) AS DATE) AS shown_week,
       greatest(CAST(unnest(s.weeks) AS DATE), s.shown_since) AS day, 1.0 / len(s.weeks) AS weight
FROM (
    SELECT f.batch_id, f.line, f.source_id, f.key_hash, f.answered_at, f.voice, f.customer, c.touchpoint_id,
           c.segment_id, c.phase_id, f.question, f.score, f.round, f.external_id, t.key AS touchpoint, s.key AS segment,
           p.key AS phase, c.shown_since,
           generate_series(date_trunc('week', c.shown_since), CAST(c.shown_week AS TIMESTAMP), INTERVAL 7 DAY) AS weeks
    FROM response f
    JOIN answer_cell c ON c.voice = coalesce(f.voice, '') AND c.question = f.question
        AND c.from_week = CAST(date_trunc('week', f.day) AS DATE)
        AND c.from_touchpoint_id = f.touchpoint_id AND c.from_phase_id = f.phase_id AND c.from_segment_id = f.segment_id
    JOIN member t ON t.dimension = 'touchpoint' AND t.id = c.touchpoint_id
    JOIN member s ON s.dimension = 'segment' AND s.id = c.segment_id
    JOIN member p ON p.dimension = 'phase' AND p.id = c.phase_id
    WHERE f.superseded_by IS NULL AND c.shown_week IS NOT NULL
) s;

-- Worked out anew when the store is next opened.
DELETE FROM meta WHERE key = 'answers_settled';
