-- +goose Up

-- The snapshot that a scope begins with, until the scope holds a checkpoint. The
-- message is the server's (wire.Snapshot), without content. Everything before
-- chunk and offset is here: in pieces, or, of complete chunks where shown is 1, in
-- base.
CREATE TABLE snapshots (
	scope   TEXT PRIMARY KEY,
	message BLOB NOT NULL,
	chunk   INTEGER NOT NULL, -- what comes next
	offset  INTEGER NOT NULL,
	got     INTEGER NOT NULL, -- bytes that are here
	total   INTEGER NOT NULL, -- bytes of all chunks
	shown   INTEGER NOT NULL  -- 1: a chunk is shown as soon as it is complete
) STRICT, WITHOUT ROWID;

-- Bytes of a chunk that is not complete, or not shown. Sealed under the data key;
-- a kiosk keeps none of a view that holds more than class C1.
CREATE TABLE pieces (
	scope  TEXT NOT NULL,
	chunk  INTEGER NOT NULL,
	offset INTEGER NOT NULL,
	sealed BLOB NOT NULL,
	PRIMARY KEY (scope, chunk, offset)
) STRICT;
