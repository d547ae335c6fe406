-- +goose Up

-- A data key, wrapped by the master key. Its name is the 16 bytes of a
-- subject, or "scope:" and a scope for what belongs to no single subject, or
-- "index" for blind indexes. Destroying a subject's row makes everything that
-- was sealed for the subject unreadable, in backups of the data as well.
CREATE TABLE data_key (
    name    BLOB PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE data_key;
