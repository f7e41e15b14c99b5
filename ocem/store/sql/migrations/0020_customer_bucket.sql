-- Sums by week (its Monday), cell and bucket of customers, from which errors follow that know whose rows are whose.
-- `sums` holds every sum that a KPI of the scorecards takes from the fact once; `bucket_sum` says at which place, from 1.
CREATE TABLE customer_bucket (
    fact VARCHAR NOT NULL, week DATE NOT NULL,
    touchpoint_id USMALLINT NOT NULL, segment_id USMALLINT NOT NULL, phase_id USMALLINT NOT NULL,
    bucket UTINYINT NOT NULL, sums DOUBLE[] NOT NULL
);
CREATE TABLE bucket_sum (fact VARCHAR NOT NULL, kpi_id USMALLINT NOT NULL, above UTINYINT, below UTINYINT);
