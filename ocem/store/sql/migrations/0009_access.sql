-- Who did what: append-only, each entry sealed with the hash of the one before.
CREATE TABLE audit_entry (
    seq BIGINT NOT NULL, done_at TIMESTAMPTZ NOT NULL, actor VARCHAR NOT NULL, action VARCHAR NOT NULL,
    subject VARCHAR, details JSON, previous VARCHAR NOT NULL, hash VARCHAR NOT NULL
);

-- Roles and rows granted to a signed-in person by an administrator; the latest row of an e-mail address is in force.
CREATE TABLE person_grant (
    email VARCHAR NOT NULL, version INTEGER NOT NULL, roles VARCHAR[] NOT NULL,
    segments VARCHAR[], touchpoints VARCHAR[], granted_by VARCHAR NOT NULL, granted_at TIMESTAMPTZ NOT NULL
);

-- Customers taken out on request: a file that brings one again is stored without the pseudonym.
CREATE TABLE forgotten (customer UBIGINT NOT NULL, forgotten_at TIMESTAMPTZ NOT NULL);
