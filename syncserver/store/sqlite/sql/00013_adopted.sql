-- +goose Up

-- Change sets that this server had written, lost with a restore, and took back from
-- a device that was given them to keep. (lid, taken) is where one stands now; the
-- place before it is the one the device knew: that itself, where the lost lane goes
-- on, or, where another change set stands there since, a place in a lane of its own.
CREATE TABLE adopted (
    lid         INTEGER NOT NULL REFERENCES lane,
    taken       INTEGER NOT NULL,        -- number in lane lid
    sid         INTEGER NOT NULL REFERENCES scope,
    incarnation BLOB    NOT NULL,        -- of the lane that the device knew
    number      INTEGER NOT NULL,        -- in that lane
    chain       BLOB    NOT NULL,        -- digest of that lane at number, 32 bytes
    device      BLOB    NOT NULL,        -- which brought it
    at          INTEGER NOT NULL,        -- ms since 1970 UTC
    PRIMARY KEY (lid, taken)
) STRICT, WITHOUT ROWID;

CREATE INDEX adopted_place ON adopted (sid, incarnation, number);

-- +goose Down
DROP TABLE adopted;
