-- Foundation: dimensions, facts by batch, daily sufficient statistics, definitions by version, operations.

CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
INSERT INTO meta VALUES ('data_version', '0');

-- One row a member of a dimension. Number 0 stands for "not given in the file".
CREATE TABLE member (
    dimension VARCHAR NOT NULL,
    id USMALLINT NOT NULL,
    key VARCHAR NOT NULL,
    label_it VARCHAR NOT NULL,
    label_en VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    status VARCHAR NOT NULL,
    medium VARCHAR,
    control VARCHAR,
    self_service BOOLEAN,
    owner_function VARCHAR,
    parent VARCHAR,
    relationship VARCHAR,
    strategic BOOLEAN
);
INSERT INTO member (dimension, id, key, label_it, label_en, position, status) VALUES
    ('touchpoint', 0, '', 'Non indicato', 'Not given', 9999, 'confirmed'),
    ('phase', 0, '', 'Non indicata', 'Not given', 9999, 'confirmed'),
    ('segment', 0, '', 'Non indicato', 'Not given', 9999, 'confirmed'),
    ('dmu_role', 0, '', 'Non indicato', 'Not given', 9999, 'confirmed');

CREATE TABLE source (id USMALLINT NOT NULL, key VARCHAR NOT NULL);

-- One row a saved version of a source profile; the highest version of a key is in force.
CREATE TABLE source_profile (
    key VARCHAR NOT NULL, version INTEGER NOT NULL, fingerprint VARCHAR, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL
);

CREATE SEQUENCE batch_number;
CREATE TABLE import_batch (
    id INTEGER NOT NULL,
    sha256 VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    sheet VARCHAR,
    source VARCHAR NOT NULL,
    fact VARCHAR NOT NULL,
    profile_version INTEGER NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    rows_read BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    first_day DATE,
    last_day DATE,
    receipt JSON NOT NULL,
    status VARCHAR NOT NULL,
    undone_at TIMESTAMPTZ
);

CREATE TABLE reject (batch_id INTEGER NOT NULL, line BIGINT NOT NULL, col VARCHAR, value VARCHAR, code VARCHAR NOT NULL);

-- Facts. A row is live while superseded_by is NULL; a later batch that brings the same key with other content supersedes it.
CREATE TABLE interaction (
    batch_id INTEGER, line INTEGER, source_id USMALLINT, key_hash UBIGINT, row_hash UBIGINT, superseded_by INTEGER,
    day DATE, occurred_at TIMESTAMPTZ, customer UBIGINT,
    touchpoint_id USMALLINT, segment_id USMALLINT, phase_id USMALLINT, dmu_role_id USMALLINT,
    kind VARCHAR, direction VARCHAR, outcome VARCHAR, duration_s DOUBLE, wait_s DOUBLE,
    cost_eur DECIMAL(18, 4), resolved_first BOOLEAN, external_id VARCHAR
);
CREATE TABLE sale (
    batch_id INTEGER, line INTEGER, source_id USMALLINT, key_hash UBIGINT, row_hash UBIGINT, superseded_by INTEGER,
    day DATE, lead_day DATE, customer UBIGINT,
    touchpoint_id USMALLINT, segment_id USMALLINT, phase_id USMALLINT,
    amount_eur DECIMAL(18, 4), margin_eur DECIMAL(18, 4), n_lines BIGINT,
    is_reorder BOOLEAN, is_new_customer BOOLEAN, is_cross_sell BOOLEAN, is_up_sell BOOLEAN, external_id VARCHAR
);
CREATE TABLE response (
    batch_id INTEGER, line INTEGER, source_id USMALLINT, key_hash UBIGINT, row_hash UBIGINT, superseded_by INTEGER,
    day DATE, answered_at TIMESTAMPTZ, voice VARCHAR, customer UBIGINT,
    touchpoint_id USMALLINT, segment_id USMALLINT, phase_id USMALLINT,
    question VARCHAR, score DOUBLE, comment VARCHAR, round VARCHAR, external_id VARCHAR
);
CREATE TABLE measure (
    batch_id INTEGER, line INTEGER, source_id USMALLINT, key_hash UBIGINT, row_hash UBIGINT, superseded_by INTEGER,
    day DATE, name VARCHAR, touchpoint_id USMALLINT, segment_id USMALLINT, phase_id USMALLINT,
    numerator DOUBLE, denominator DOUBLE, external_id VARCHAR
);
CREATE TABLE cost (
    batch_id INTEGER, line INTEGER, source_id USMALLINT, key_hash UBIGINT, row_hash UBIGINT, superseded_by INTEGER,
    day DATE, touchpoint_id USMALLINT, segment_id USMALLINT, phase_id USMALLINT,
    cost_kind VARCHAR, amount_eur DECIMAL(18, 4), external_id VARCHAR
);

-- One row a line that a batch brought unchanged: undoing the batch that first brought it hands the row over.
CREATE TABLE sighting (fact VARCHAR, batch_id INTEGER, line INTEGER, source_id USMALLINT, key_hash UBIGINT);

-- One row a KPI, fact, day and cell: additive sums, so that any window, week or group of cells is a sum.
-- n = rows behind; numerator_log = sum of logarithms of positive durations.
CREATE TABLE daily (
    kpi_id USMALLINT, fact VARCHAR, day DATE, touchpoint_id USMALLINT, segment_id USMALLINT, phase_id USMALLINT,
    n DOUBLE, numerator DOUBLE, denominator DOUBLE, numerator_sq DOUBLE, numerator_log DOUBLE, numerator_log_sq DOUBLE
);

-- Definitions: a change makes a new version; nothing is overwritten.
CREATE TABLE kpi (
    id USMALLINT NOT NULL, key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL, current BOOLEAN NOT NULL
);
CREATE TABLE initiative (
    key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE objective (
    key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE baseline (
    objective VARCHAR NOT NULL, objective_version INTEGER NOT NULL, frozen_at TIMESTAMPTZ NOT NULL, frozen_by VARCHAR NOT NULL,
    figures JSON NOT NULL, hash VARCHAR NOT NULL
);

CREATE TABLE audit_log (done_at TIMESTAMPTZ NOT NULL, actor VARCHAR NOT NULL, action VARCHAR NOT NULL, subject VARCHAR, details JSON);

-- Facts that count, with the attributes of their touchpoint.
CREATE VIEW interaction_live AS
SELECT f.*, t.key AS touchpoint, t.self_service, t.medium, t.control, s.key AS segment, p.key AS phase
FROM interaction f
JOIN member t ON t.dimension = 'touchpoint' AND t.id = f.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = f.segment_id
JOIN member p ON p.dimension = 'phase' AND p.id = f.phase_id
WHERE f.superseded_by IS NULL;
CREATE VIEW sale_live AS
SELECT f.*, date_diff('day', f.lead_day, f.day) AS lead_time_days,
       t.key AS touchpoint, t.self_service, t.medium, t.control, s.key AS segment, p.key AS phase
FROM sale f
JOIN member t ON t.dimension = 'touchpoint' AND t.id = f.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = f.segment_id
JOIN member p ON p.dimension = 'phase' AND p.id = f.phase_id
WHERE f.superseded_by IS NULL;
CREATE VIEW response_live AS
SELECT f.*, t.key AS touchpoint, s.key AS segment, p.key AS phase
FROM response f
JOIN member t ON t.dimension = 'touchpoint' AND t.id = f.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = f.segment_id
JOIN member p ON p.dimension = 'phase' AND p.id = f.phase_id
WHERE f.superseded_by IS NULL;
CREATE VIEW measure_live AS
SELECT f.*, t.key AS touchpoint, s.key AS segment, p.key AS phase
FROM measure f
JOIN member t ON t.dimension = 'touchpoint' AND t.id = f.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = f.segment_id
JOIN member p ON p.dimension = 'phase' AND p.id = f.phase_id
WHERE f.superseded_by IS NULL;
CREATE VIEW cost_live AS
SELECT f.*, t.key AS touchpoint, s.key AS segment, p.key AS phase
FROM cost f
JOIN member t ON t.dimension = 'touchpoint' AND t.id = f.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = f.segment_id
JOIN member p ON p.dimension = 'phase' AND p.id = f.phase_id
WHERE f.superseded_by IS NULL;
