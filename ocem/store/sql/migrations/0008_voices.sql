-- Four voices, giving back, maturity: what people declare, and which answers may be shown.

-- Each of these has one row a saved version; the highest version of a key is in force.
CREATE TABLE feedback_round (key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL);
CREATE TABLE theme (key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL);
CREATE TABLE restitution (key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL);
CREATE TABLE assessment (key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL);

-- Fewest respondents behind anything that is shown; the staff's own figure is the stricter.
INSERT INTO meta VALUES ('fewest_respondents', '5'), ('fewest_respondents_staff', '10');

-- One row a voice, question, week (its Monday) and cell with answers (from_*): the week and cell under which they are
-- shown together with enough others, empty while they are held back. The question _comment stands for free text.
-- touchpoint_id and segment_id are those shown, so that who may see some cells only sees whole blocks or nothing.
CREATE TABLE answer_cell (
    voice VARCHAR NOT NULL, question VARCHAR NOT NULL, from_week DATE NOT NULL,
    from_touchpoint_id USMALLINT NOT NULL, from_phase_id USMALLINT NOT NULL, from_segment_id USMALLINT NOT NULL,
    shown_week DATE, touchpoint_id USMALLINT, phase_id USMALLINT, segment_id USMALLINT, shown_day DATE
);

-- Live answers as they may be shown: moved to the week and cell of their block, those held back left out.
CREATE VIEW response_shown AS
SELECT f.batch_id, f.line, f.source_id, f.key_hash, f.row_hash, f.superseded_by, c.shown_day AS day, f.answered_at,
       f.voice, f.customer, c.touchpoint_id, c.segment_id, c.phase_id, f.question, f.score, f.round, f.external_id,
       t.key AS touchpoint, s.key AS segment, p.key AS phase, c.shown_week
FROM response f
JOIN answer_cell c ON c.voice = coalesce(f.voice, '') AND c.question = f.question
    AND c.from_week = CAST(date_trunc('week', f.day) AS DATE)
    AND c.from_touchpoint_id = f.touchpoint_id AND c.from_phase_id = f.phase_id AND c.from_segment_id = f.segment_id
JOIN member t ON t.dimension = 'touchpoint' AND t.id = c.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = c.segment_id
JOIN member p ON p.dimension = 'phase' AND p.id = c.phase_id
WHERE f.superseded_by IS NULL AND c.shown_week IS NOT NULL;

-- Comments as they may be shown, once a questionnaire, without the day and without who wrote them.
CREATE VIEW comment_shown AS
SELECT DISTINCT coalesce(f.voice, '') AS voice, f.source_id, coalesce(f.external_id, f.batch_id || '.' || f.line) AS sheet,
       c.shown_week, c.shown_day AS day, c.touchpoint_id, c.segment_id, c.phase_id,
       t.key AS touchpoint, s.key AS segment, p.key AS phase, trim(f.comment) AS comment
FROM response f
JOIN answer_cell c ON c.voice = coalesce(f.voice, '') AND c.question = '_comment'
    AND c.from_week = CAST(date_trunc('week', f.day) AS DATE)
    AND c.from_touchpoint_id = f.touchpoint_id AND c.from_phase_id = f.phase_id AND c.from_segment_id = f.segment_id
JOIN member t ON t.dimension = 'touchpoint' AND t.id = c.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = c.segment_id
JOIN member p ON p.dimension = 'phase' AND p.id = c.phase_id
WHERE f.superseded_by IS NULL AND c.shown_week IS NOT NULL AND trim(coalesce(f.comment, '')) <> '';
