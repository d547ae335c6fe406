-- +goose Up

-- An audit log: the server's own (zeros), and one or more of each device. The
-- entries first..next−1 stand in audit_entry; those before first were moved to
-- files, see audit_segment.
CREATE TABLE audit_log (
    lid    INTEGER PRIMARY KEY,
    device BLOB    NOT NULL,
    log    BLOB    NOT NULL,             -- audit.Log.ID
    next   INTEGER NOT NULL,             -- number of the next entry
    chain  BLOB    NOT NULL,             -- hash at next−1
    first  INTEGER NOT NULL,
    before BLOB    NOT NULL,             -- hash at first−1
    UNIQUE (device, log)
) STRICT;

-- An entry, never changed. It holds no value of a record. at, actor and user repeat
-- what stands in body, to be searched by.
CREATE TABLE audit_entry (
    lid    INTEGER NOT NULL REFERENCES audit_log,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL,             -- ms since 1970 UTC
    actor  BLOB    NOT NULL,             -- zeros: not known
    user   TEXT    NOT NULL,
    body   BLOB    NOT NULL,             -- audit.Entry as JSON
    hash   BLOB    NOT NULL,             -- of the chain
    proof  BLOB    NOT NULL,             -- keyed digest of log, number, hash and body, under a key of keys.db
    PRIMARY KEY (lid, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_at ON audit_entry (at, lid, number);
CREATE INDEX audit_actor ON audit_entry (actor, at, lid, number);

-- Whose data an entry is about: the id of a record or subject, or "scope/kind" as
-- bytes where the entry only counts.
CREATE TABLE audit_whom (
    whom   BLOB    NOT NULL,
    at     INTEGER NOT NULL,
    lid    INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (whom, at, lid, number)
) STRICT, WITHOUT ROWID;

-- Entries that were moved to a file, per log: first..last of lid are in the file
-- name, whose SHA-256 is digest.
CREATE TABLE audit_segment (
    lid    INTEGER NOT NULL REFERENCES audit_log,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    digest BLOB    NOT NULL,
    PRIMARY KEY (lid, first)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE audit_segment;
DROP TABLE audit_whom;
DROP TABLE audit_entry;
DROP TABLE audit_log;
