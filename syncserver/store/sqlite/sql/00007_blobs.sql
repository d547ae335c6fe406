-- +goose Up

-- A field whose value names an attachment, or named it once, by the digest of its
-- sealed bytes. Neither digest nor size says anything about anybody; the key that
-- opens the file is in the field, sealed under its subject's key. version is that of
-- the change set, 0 if it is kept for an administrator; noted is 1 once the file's
-- arrival is a record of the scope.
CREATE TABLE blob_name (
    sid     INTEGER NOT NULL REFERENCES scope,
    digest  BLOB    NOT NULL,
    record  BLOB    NOT NULL,
    field   TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    subject BLOB    NOT NULL,
    size    INTEGER NOT NULL,
    version INTEGER NOT NULL,
    noted   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (sid, digest, record, field)
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_name_digest ON blob_name (digest);
CREATE INDEX blob_name_open ON blob_name (sid, digest) WHERE noted = 0;

-- A file that a device sent or is sending; it lies in the folder blobs beside this
-- file. It is of no scope: the change set that names it may come later.
CREATE TABLE blob (
    digest  BLOB    NOT NULL PRIMARY KEY,
    size    INTEGER NOT NULL,
    device  BLOB    NOT NULL,
    begun   INTEGER NOT NULL,            -- ms since 1970 UTC
    arrived INTEGER NOT NULL DEFAULT 0   -- 0 while it is not whole
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_device ON blob (device);

-- +goose Down
DROP TABLE blob;
DROP TABLE blob_name;
