-- The weekly review: events, decisions, actions, limits set anew, drafts, closed reviews, alerts.

-- One row a saved version of an event; the highest version is in force, a withdrawn one is gone.
CREATE TABLE event (
    key VARCHAR NOT NULL, version INTEGER NOT NULL, definition VARCHAR NOT NULL, withdrawn BOOLEAN NOT NULL,
    saved_by VARCHAR NOT NULL, saved_at TIMESTAMPTZ NOT NULL
);

-- One row a saved version of a decision or an action; the highest version is in force.
CREATE TABLE decision (
    number INTEGER NOT NULL, version INTEGER NOT NULL, definition VARCHAR NOT NULL,
    saved_by VARCHAR NOT NULL, saved_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE action (
    number INTEGER NOT NULL, version INTEGER NOT NULL, definition VARCHAR NOT NULL,
    saved_by VARCHAR NOT NULL, saved_at TIMESTAMPTZ NOT NULL
);

-- One row an accepted outcome: the comparison as it was seen.
CREATE TABLE judgement (
    decision INTEGER NOT NULL, definition VARCHAR NOT NULL, judged_by VARCHAR NOT NULL, judged_at TIMESTAMPTZ NOT NULL
);

-- One row a decision to set the limits of a chart anew; the last one before a week holds for it.
CREATE TABLE rebase (
    chart VARCHAR NOT NULL, starts DATE NOT NULL, reason VARCHAR NOT NULL, author VARCHAR NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL, event VARCHAR NOT NULL
);

-- What is typed in the room, kept at each change: item = '' is the meeting as a whole.
CREATE TABLE review_draft (
    week VARCHAR NOT NULL, item VARCHAR NOT NULL, field VARCHAR NOT NULL, content VARCHAR NOT NULL,
    author VARCHAR NOT NULL, saved_at TIMESTAMPTZ NOT NULL
);

-- One row a version of a closed review: its document byte for byte, and the hash that proves it.
CREATE TABLE review (
    week VARCHAR NOT NULL, version INTEGER NOT NULL, document VARCHAR NOT NULL, hash VARCHAR NOT NULL,
    closed_by VARCHAR NOT NULL, closed_at TIMESTAMPTZ NOT NULL, last_batch INTEGER NOT NULL
);

-- One row a reopening of a closed review: the next version is being written.
CREATE TABLE review_reopening (
    week VARCHAR NOT NULL, version INTEGER NOT NULL, author VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    reopened_at TIMESTAMPTZ NOT NULL
);

-- Who wants to hear of a chart's signals, and how.
CREATE TABLE follower (
    kpi VARCHAR NOT NULL, channel VARCHAR NOT NULL, address VARCHAR NOT NULL, lang VARCHAR NOT NULL,
    since TIMESTAMPTZ NOT NULL
);

-- One row a change of state of a chart that was told to somebody: not told again until it changes.
CREATE TABLE alert (
    chart VARCHAR NOT NULL, kpi VARCHAR NOT NULL, week VARCHAR NOT NULL, state VARCHAR NOT NULL,
    channel VARCHAR NOT NULL, address VARCHAR NOT NULL, sent_at TIMESTAMPTZ NOT NULL
);
