-- +goose Up

-- Where the server's own audit log stood after the last commit, in this file so that
-- whoever cuts the end off the log in data.db contradicts another file. proof is a
-- keyed digest of both under the key "audit".
CREATE TABLE audit_tip (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    hash   BLOB    NOT NULL,
    proof  BLOB    NOT NULL
) STRICT;

-- +goose Down
DROP TABLE audit_tip;
