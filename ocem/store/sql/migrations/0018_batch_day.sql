-- Days that each file brought rows of: how far a source has come is asked of these, not of its facts.
CREATE TABLE batch_day (batch_id INTEGER NOT NULL, day DATE NOT NULL);
INSERT INTO batch_day
SELECT DISTINCT batch_id, day FROM (
    SELECT batch_id, day FROM interaction UNION ALL SELECT batch_id, day FROM sale UNION ALL
    SELECT batch_id, day FROM response UNION ALL SELECT batch_id, day FROM measure UNION ALL SELECT batch_id, day FROM cost)
WHERE day IS NOT NULL ORDER BY batch_id, day;
