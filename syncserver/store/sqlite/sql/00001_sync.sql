-- +goose Up

-- A scope: the unit of ordering, access and replication. head is the version
-- of its last accepted change set and never goes back; the next one is
-- numbered in epoch. Other tables name a scope by sid, which is of this
-- database only and never travels.
CREATE TABLE scope (
    sid       INTEGER PRIMARY KEY,
    name      TEXT    NOT NULL UNIQUE,   -- ident.Scope
    head      INTEGER NOT NULL,          -- version of the last accepted change set, 0 for none
    epoch     INTEGER NOT NULL,          -- epoch of the next version
    log_hash  BLOB    NOT NULL,          -- log hash at head, 32 bytes
    floor     INTEGER NOT NULL,          -- greatest effective stamp of the log
    lineage   BLOB    NOT NULL,          -- record.Lineage as pairs (epoch, from) of 8-byte integers
    watermark INTEGER NOT NULL           -- head at the last finished backup
) STRICT;

-- A lane: one device incarnation's numbered, chained change sets in one scope.
-- A closed lane takes nothing new for ever; what it has stays provable.
CREATE TABLE lane (
    lid         INTEGER PRIMARY KEY,
    sid         INTEGER NOT NULL REFERENCES scope,
    incarnation BLOB    NOT NULL,
    device      BLOB    NOT NULL,        -- whose lane; zeros for the server's own
    next        INTEGER NOT NULL,        -- the number it expects
    chain       BLOB    NOT NULL,        -- chain digest at next−1
    stamp       INTEGER NOT NULL,        -- effective stamp of its last change set
    closed      INTEGER NOT NULL,        -- 1: closed by a fork
    UNIQUE (sid, incarnation)
) STRICT;

-- What arrived, as it arrived: consecutive change sets of a lane that came in
-- one batch, whatever became of them. They are the proof of the lane's chain
-- and the payload of the log: the first write of every field stands here and
-- nowhere else.
CREATE TABLE frame (
    lid         INTEGER NOT NULL REFERENCES lane,
    first       INTEGER NOT NULL,        -- number of the first change set
    count       INTEGER NOT NULL,
    before      BLOB    NOT NULL,        -- chain digest at first−1
    commitments BLOB    NOT NULL,        -- 32 bytes per change set
    contents    BLOB    NOT NULL,        -- per change set: 4 bytes length, and the sealed content as content.go has it
    PRIMARY KEY (lid, first)
) STRICT, WITHOUT ROWID;

-- Receipts, as runs of consecutive numbers of one outcome. A run of more than
-- one number is accepted, with consecutive versions; every other outcome is a
-- run of one with its detail. The runs of a lane cover 1..next−1 exactly once.
CREATE TABLE receipt (
    lid     INTEGER NOT NULL REFERENCES lane,
    first   INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    outcome INTEGER NOT NULL,            -- record.Outcome
    version INTEGER NOT NULL,            -- of the first number; 0 if not applied
    detail  TEXT    NOT NULL,            -- JSON; names of fields and reasons, never values; '' if accepted
    PRIMARY KEY (lid, first)
) STRICT, WITHOUT ROWID;

-- The log of a scope, as runs: version+i is the change set number+i of the
-- lane. The runs of an epoch leave no version out.
CREATE TABLE log (
    sid     INTEGER NOT NULL REFERENCES scope,
    version INTEGER NOT NULL,            -- of the first
    count   INTEGER NOT NULL,
    lid     INTEGER NOT NULL REFERENCES lane,
    number  INTEGER NOT NULL,            -- of the first
    before  BLOB    NOT NULL,            -- log hash before version
    PRIMARY KEY (sid, version)
) STRICT, WITHOUT ROWID;

-- Records touched by refused change sets that were neither replaced nor
-- discarded yet: what builds on one of them is refused with it.
CREATE TABLE refused (
    lid    INTEGER NOT NULL REFERENCES lane,
    number INTEGER NOT NULL,
    record BLOB    NOT NULL,
    root   INTEGER NOT NULL,             -- the refused change set that began it; number itself if it did
    PRIMARY KEY (lid, number, record)
) STRICT, WITHOUT ROWID;

-- Change sets kept for an administrator and not applied: their author had lost
-- login or scope, or applying them alone failed. The content is in frame.
CREATE TABLE quarantine (
    sid    INTEGER NOT NULL REFERENCES scope,
    lid    INTEGER NOT NULL REFERENCES lane,
    number INTEGER NOT NULL,
    actor  BLOB    NOT NULL,
    device BLOB    NOT NULL,
    act    TEXT    NOT NULL,             -- record.Act.Name
    reason TEXT    NOT NULL,             -- message key
    at     INTEGER NOT NULL,             -- ms since 1970 UTC
    PRIMARY KEY (sid, lid, number)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE quarantine;
DROP TABLE refused;
DROP TABLE log;
DROP TABLE receipt;
DROP TABLE frame;
DROP TABLE lane;
DROP TABLE scope;
