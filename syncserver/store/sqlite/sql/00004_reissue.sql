-- +goose Up

-- Change sets that a device issued again in a new lane, by the place they had
-- first (their origin) and where they were taken under that name. Copies of one
-- disk may give one name to different ones.
CREATE TABLE reissue (
    sid         INTEGER NOT NULL REFERENCES scope,
    incarnation BLOB    NOT NULL,        -- of the lane of the origin
    number      INTEGER NOT NULL,        -- in that lane
    lid         INTEGER NOT NULL REFERENCES lane,
    taken       INTEGER NOT NULL,        -- number in lane lid
    PRIMARY KEY (sid, incarnation, number, lid, taken)
) STRICT, WITHOUT ROWID;

-- Numbers of a lane that were recognised as applied before, in another lane:
-- whoever has seen the number has seen what has this version.
CREATE TABLE repeat (
    lid     INTEGER NOT NULL REFERENCES lane,
    number  INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (lid, number)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE repeat;
DROP TABLE reissue;
