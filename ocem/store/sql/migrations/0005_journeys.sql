-- Journeys: one row a run of a customer's contacts up to an order or to silence, recomputed from the first touched day on.

-- last_day = day of the order, or of the last contact when none followed; (customer, last_day) is unique.
-- decided_day = the day on which the journey is known to have ended: its order, or the end of the silence after it.
-- until_day = contacts and orders after this day cannot change the row.
-- path = touchpoints before the order, repeats in a row counted once; after_path = the same for the phases after it.
-- phases = contacts by phase with the first day of each, the phases after the order included.
CREATE TABLE journey (
    customer UBIGINT NOT NULL, segment_id USMALLINT NOT NULL,
    first_day DATE NOT NULL, last_day DATE NOT NULL, decided_day DATE NOT NULL, until_day DATE NOT NULL,
    won BOOLEAN NOT NULL, touchpoint_id USMALLINT NOT NULL,
    n_orders UINTEGER NOT NULL, n_with_margin UINTEGER NOT NULL, amount_cents BIGINT NOT NULL, margin_cents BIGINT NOT NULL,
    n_contacts UINTEGER NOT NULL, n_after UINTEGER NOT NULL, last_phase_id USMALLINT NOT NULL,
    path USMALLINT[] NOT NULL, after_path USMALLINT[] NOT NULL,
    phases STRUCT(phase_id USMALLINT, first_day DATE, n UINTEGER)[] NOT NULL
);

-- Customers whose journeys wait to be recomputed from a day on: large batches leave this to the first question.
CREATE TABLE journey_pending (customer UBIGINT NOT NULL, day DATE NOT NULL);
INSERT INTO journey_pending
SELECT customer, min(day) FROM (
    SELECT customer, day FROM interaction WHERE customer IS NOT NULL AND superseded_by IS NULL
    UNION ALL
    SELECT customer, day FROM sale WHERE customer IS NOT NULL AND superseded_by IS NULL)
GROUP BY customer;
