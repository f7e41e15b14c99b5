-- Perimeter: members by version, proposed members merged and split, cells in scope; analysis ex ante; verdicts by version.

ALTER TABLE member ADD COLUMN priority_criteria VARCHAR;
-- Number of the member that took this one over; names in files follow it.
ALTER TABLE member ADD COLUMN merged_into USMALLINT;

-- One row a saved version of a member; what stands in `member` is the newest.
CREATE TABLE member_version (
    dimension VARCHAR NOT NULL, key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL
);

-- One row a merge. `last_batch` is the newest import at that time, `profiles` what source profiles said before.
CREATE SEQUENCE merge_number;
CREATE TABLE member_merge (
    id INTEGER NOT NULL, dimension VARCHAR NOT NULL, source_key VARCHAR NOT NULL, source_id USMALLINT NOT NULL,
    target_key VARCHAR NOT NULL, target_id USMALLINT NOT NULL, n_rows BIGINT NOT NULL, last_batch INTEGER NOT NULL,
    sources JSON NOT NULL, profiles JSON NOT NULL, merged_at TIMESTAMPTZ NOT NULL, merged_by VARCHAR NOT NULL,
    split_at TIMESTAMPTZ, split_by VARCHAR
);
-- One row a line of a batch that a merge re-pointed.
CREATE TABLE member_merge_row (merge_id INTEGER NOT NULL, fact VARCHAR NOT NULL, batch_id INTEGER NOT NULL, line INTEGER);

-- One row a saved version of the strategic perimeter: rules in order, later ones decide.
CREATE TABLE scope (
    version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL, saved_by VARCHAR NOT NULL
);

-- One row a saved version of an initiative's analysis before go-live, with the figures as they stood.
CREATE TABLE ex_ante (
    initiative VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL,
    saved_by VARCHAR NOT NULL
);

-- One row the last finding of a version of an objective before its definition changed.
CREATE TABLE objective_verdict (
    objective VARCHAR NOT NULL, objective_version INTEGER NOT NULL, recorded_at TIMESTAMPTZ NOT NULL, finding JSON NOT NULL
);
