-- Paths by number: journeys are grouped and drawn by number, what a path holds is worked out once.
-- step_1..3 are its first touchpoints (0 = none), last_step its last, several says whether it holds two different ones.
CREATE TABLE journey_path (
    id INTEGER NOT NULL, path USMALLINT[] NOT NULL, n_steps INTEGER NOT NULL, step_1 INTEGER NOT NULL, step_2 INTEGER NOT NULL,
    step_3 INTEGER NOT NULL, last_step INTEGER NOT NULL, several BOOLEAN NOT NULL
);
INSERT INTO journey_path
SELECT row_number() OVER (ORDER BY path), path, len(path), coalesce(path[1], 0), coalesce(path[2], 0), coalesce(path[3], 0),
       coalesce(path[-1], 0), list_unique(path) > 1
FROM (SELECT DISTINCT path FROM journey);

-- next_id = first touchpoint of after_path, 0 = none.
ALTER TABLE journey ADD COLUMN path_id INTEGER;
ALTER TABLE journey ADD COLUMN next_id INTEGER;
UPDATE journey SET path_id = p.id, next_id = coalesce(journey.after_path[1], 0)
FROM journey_path p WHERE p.path = journey.path;
