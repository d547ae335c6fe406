-- +goose Up

-- What waits for a person: fields that nobody has settled, and fields beside whose
-- value a source of lower rank proposes another. It follows from the records and is
-- kept with them; the program fills it once for records that were there before it.
CREATE TABLE waiting (
    sid    INTEGER NOT NULL REFERENCES scope,
    kind   TEXT    NOT NULL,
    what   INTEGER NOT NULL,             -- record.Waiting: 1 dispute, 2 proposal
    record BLOB    NOT NULL,
    field  TEXT    NOT NULL,
    class  INTEGER NOT NULL,             -- of the field
    PRIMARY KEY (sid, kind, what, record, field)
) STRICT, WITHOUT ROWID;

-- A console user's own signing key, wrapped under their password; empty until they
-- first settle what two persons have to. Its public half stands with their login.
ALTER TABLE staff ADD COLUMN person BLOB NOT NULL DEFAULT x'';

-- +goose Down
ALTER TABLE staff DROP COLUMN person;
DROP TABLE waiting;
