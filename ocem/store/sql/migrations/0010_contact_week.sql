-- Contacts and active customers by week, recomputed for the weeks and cells that a batch touches.

-- One row a week (its Monday), cell, reason and side that began. `timed` contacts say how long they took, `priced` what
-- they cost.
CREATE TABLE contact_week (
    week DATE NOT NULL, touchpoint_id USMALLINT NOT NULL, segment_id USMALLINT NOT NULL, phase_id USMALLINT NOT NULL,
    kind VARCHAR NOT NULL, outbound BOOLEAN NOT NULL,
    n BIGINT NOT NULL, timed BIGINT NOT NULL, seconds DOUBLE NOT NULL, priced BIGINT NOT NULL, cost_eur DECIMAL(38, 4) NOT NULL
);
INSERT INTO contact_week
SELECT CAST(date_trunc('week', day) AS DATE), touchpoint_id, segment_id, phase_id, coalesce(kind, ''),
       direction IS NOT DISTINCT FROM 'outbound',
       count(*), count(duration_s), coalesce(sum(duration_s), 0), count(cost_eur), coalesce(sum(cost_eur), 0)
FROM interaction WHERE superseded_by IS NULL
GROUP BY ALL ORDER BY 1, 2, 3, 4, 5, 6;

-- Different customers that ordered or got in touch in a week.
CREATE TABLE active_week (week DATE NOT NULL, segment_id USMALLINT NOT NULL, n BIGINT NOT NULL);
INSERT INTO active_week
SELECT CAST(date_trunc('week', day) AS DATE), segment_id, count(DISTINCT customer)
FROM (SELECT day, segment_id, customer FROM interaction WHERE superseded_by IS NULL AND customer IS NOT NULL
      UNION ALL
      SELECT day, segment_id, customer FROM sale WHERE superseded_by IS NULL AND customer IS NOT NULL)
GROUP BY ALL ORDER BY 1, 2;
