-- +goose Up

-- Forms that residents have not handed in. What was typed is sealed to the server's
-- box key, which lies with its keys, outside of this file. A row goes when the form is
-- handed in, or with its last day.
CREATE TABLE draft (
    form   BLOB    PRIMARY KEY,          -- the record that it will become
    number TEXT    NOT NULL UNIQUE,      -- receipt number
    sealed BLOB    NOT NULL,
    until  INTEGER NOT NULL              -- ms since 1970 UTC
) STRICT;

CREATE INDEX draft_until ON draft (until);

-- +goose Down
DROP TABLE draft;
