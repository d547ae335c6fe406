-- +goose Up

-- The state of a record: its header for ever, and the heads of its fields in
-- two parts. Fields of class C1 stand in clear, those of C2 and C3 in sealed,
-- under the key of the record's subject. version is the greatest visible
-- version of its fields. A record is never removed: deleted says that it is
-- deleted and nobody disputes it.
CREATE TABLE record (
    sid     INTEGER NOT NULL REFERENCES scope,
    kind    TEXT    NOT NULL,
    id      BLOB    NOT NULL,
    subject BLOB    NOT NULL,            -- zeros: about nobody
    version INTEGER NOT NULL,
    deleted INTEGER NOT NULL,            -- 1: left out of lists
    least   INTEGER NOT NULL,            -- lowest class of its visible fields; 9 if none is
    clear   BLOB    NOT NULL,
    sealed  BLOB    NOT NULL,            -- empty if the record has no field of C2 or C3
    PRIMARY KEY (sid, kind, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX record_id ON record (id);
CREATE INDEX record_version ON record (sid, version);

-- Values that once stood in a record's fields and were removed by the change
-- set of version replaced_by, in the two parts of a record's state. A value
-- that lost on arrival but was not removed is still a head in record.
CREATE TABLE history (
    sid         INTEGER NOT NULL REFERENCES scope,
    record      BLOB    NOT NULL,
    replaced_by INTEGER NOT NULL,
    clear       BLOB    NOT NULL,
    sealed      BLOB    NOT NULL,
    PRIMARY KEY (sid, record, replaced_by)
) STRICT, WITHOUT ROWID;

-- Visible values of indexed fields of class C1, as canonical bytes. What has one
-- value is found in one scope as in all of them: a scan of a doorplate names no
-- scope, and there are 25,000 villages.
CREATE TABLE index_clear (
    sid    INTEGER NOT NULL REFERENCES scope,
    kind   TEXT    NOT NULL,
    field  TEXT    NOT NULL,
    value  BLOB    NOT NULL,
    record BLOB    NOT NULL,
    PRIMARY KEY (kind, field, value, sid, record)
) STRICT, WITHOUT ROWID;

-- Visible values of indexed fields of class C2 and C3 as a keyed digest: equal
-- values are found, and without the key no guess can be tested.
CREATE TABLE index_blind (
    sid    INTEGER NOT NULL REFERENCES scope,
    kind   TEXT    NOT NULL,
    field  TEXT    NOT NULL,
    value  BLOB    NOT NULL,             -- first 16 bytes of the keyed digest
    record BLOB    NOT NULL,
    PRIMARY KEY (kind, field, value, sid, record)
) STRICT, WITHOUT ROWID;

-- Per scope, kind and class, over records that are not deleted: the digest sum
-- of the visible fields of that class, and the number of records whose lowest
-- class that is. The digest and the count of a view are sums over its groups.
CREATE TABLE digest (
    sid   INTEGER NOT NULL REFERENCES scope,
    kind  TEXT    NOT NULL,
    class INTEGER NOT NULL,
    sum   BLOB    NOT NULL,              -- wire.Sum, 16 bytes
    live  INTEGER NOT NULL,
    PRIMARY KEY (sid, kind, class)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE digest;
DROP TABLE index_blind;
DROP TABLE index_clear;
DROP TABLE history;
DROP TABLE record;
