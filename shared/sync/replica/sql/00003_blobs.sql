-- +goose Up

-- The reserved table of the first step: no release ever wrote to it.
DROP TABLE blobs;

-- A sealed file in the folder of attachments. Its key is in no column here: it is in
-- the value of the field that names the file. own is 1 for one that a change set of
-- this device names, its last one being (incarnation, scope, number), until the file
-- is in the server's backup; then, and for what was downloaded, it is 0: a copy that
-- may be deleted at any time. A row stands before a copy's first byte is asked for.
CREATE TABLE attachments (
	digest      BLOB PRIMARY KEY,
	size        INTEGER NOT NULL, -- of the sealed bytes
	scope       TEXT NOT NULL,
	incarnation BLOB NOT NULL,    -- empty for what was downloaded
	number      INTEGER NOT NULL,
	own         INTEGER NOT NULL,
	sent        INTEGER NOT NULL DEFAULT 0, -- 1: the server said that it has every byte
	used_ms     INTEGER NOT NULL            -- the device's clock when it was kept or last opened
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_scope ON attachments (scope);
