-- Names of the customer file, as pseudonyms: comments are searched for them without a name being kept.
CREATE TABLE screened_name (name UBIGINT NOT NULL, words UTINYINT NOT NULL);

-- How long each kind of data may lead back to somebody; the latest row of a kind is in force, no months = for ever.
CREATE TABLE retention (kind VARCHAR NOT NULL, months INTEGER, set_by VARCHAR NOT NULL, set_at TIMESTAMPTZ NOT NULL);
