-- +goose Up

-- The version of the change set that created a record; 0 where that was before
-- this step. Records of one act are never sent apart (package snapshot).
ALTER TABLE record ADD COLUMN born INTEGER NOT NULL DEFAULT 0;

-- A snapshot: the state of a scope in a view at one version, cut into chunks for
-- devices that begin. It is a copy made of what stands in record, may be removed
-- at any time, and is left out of backups. Its content is sealed under a key of
-- its own, which is destroyed with it, and whenever any subject's key is.
CREATE TABLE snapshot (
    number       INTEGER PRIMARY KEY,
    sid          INTEGER NOT NULL REFERENCES scope,
    view         TEXT    NOT NULL,
    view_version INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    id           BLOB    NOT NULL,         -- wire.SnapshotID; empty while it is being made
    message      BLOB    NOT NULL,         -- wire.Snapshot; empty while it is being made
    bytes        INTEGER NOT NULL,         -- of all chunks
    made         INTEGER NOT NULL,         -- ms since 1970 UTC
    key          TEXT    NOT NULL UNIQUE   -- name of its key in keys.db
) STRICT;

CREATE INDEX snapshot_view ON snapshot (sid, view, view_version);

-- Part of a chunk: 8 KiB but for the last.
CREATE TABLE snapshot_block (
    number INTEGER NOT NULL REFERENCES snapshot,
    chunk  INTEGER NOT NULL,
    block  INTEGER NOT NULL,
    sealed BLOB    NOT NULL,
    PRIMARY KEY (number, chunk, block)
) STRICT;

-- +goose Down
DROP TABLE snapshot_block;
DROP TABLE snapshot;
ALTER TABLE record DROP COLUMN born;
