-- One row a run that brought daily sums from shared storage ('done'), or tried to ('failed').
-- `kpis` and `members` say under which definitions the sums were made; `folder` and `address` hold no secret.
CREATE TABLE engine_run (
    id INTEGER NOT NULL, address VARCHAR NOT NULL, engine VARCHAR, folder VARCHAR NOT NULL, facts JSON NOT NULL,
    first_day DATE, last_day DATE, started_at TIMESTAMPTZ NOT NULL, ended_at TIMESTAMPTZ NOT NULL,
    status VARCHAR NOT NULL, n_rows BIGINT, kpis JSON, members JSON, has_manifest BOOLEAN, error JSON
);
-- One row a day of a fact whose daily sums come from shared storage alone: rows counted there, sums kept here.
CREATE TABLE engine_day (
    fact VARCHAR NOT NULL, day DATE NOT NULL, run_id INTEGER NOT NULL, n_rows BIGINT NOT NULL, n_sums BIGINT NOT NULL
);
