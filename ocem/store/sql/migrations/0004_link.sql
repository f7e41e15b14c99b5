-- Links from touchpoint to outcome: what people expect, by version, and the history of its tests.

-- One row a saved version of a hypothesis.
CREATE TABLE link_hypothesis (
    key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL
);

-- One row a test of a pair of KPIs on the data up to one finished week. `lag` in weeks: the first KPI moves before.
CREATE TABLE link_test (
    lead_kpi VARCHAR NOT NULL, follow_kpi VARCHAR NOT NULL, hypothesis VARCHAR, last_day DATE NOT NULL, n_weeks INTEGER NOT NULL,
    status VARCHAR NOT NULL, lag INTEGER, r DOUBLE, low DOUBLE, high DOUBLE, p_value DOUBLE, q_value DOUBLE,
    n_looked_at INTEGER NOT NULL, tested_at TIMESTAMPTZ NOT NULL
);
