-- Files that brought only rows already stored. One row a batch that holds some of them; such a file leaves no batch of
-- its own, so undoing that batch takes the rows out: this says which files carried them too.
CREATE TABLE repeated_upload (
    batch_id INTEGER NOT NULL, file VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, seen_at TIMESTAMPTZ NOT NULL, n_rows BIGINT NOT NULL
);
