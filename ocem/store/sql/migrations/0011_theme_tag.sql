-- The vocabulary that themes are raised with: one row a saved version of a tag; the highest version of a key is in force.
CREATE TABLE theme_tag (key VARCHAR NOT NULL, version INTEGER NOT NULL, definition JSON NOT NULL, saved_at TIMESTAMPTZ NOT NULL);
