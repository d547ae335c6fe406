-- +goose Up

-- A device that was enrolled. The columns after off are what it last said of
-- itself. It is never removed; off stops it.
CREATE TABLE device (
    id          BLOB    PRIMARY KEY,
    short_id    INTEGER NOT NULL UNIQUE CHECK (short_id BETWEEN 0 AND 9999),
    name        TEXT    NOT NULL,
    public      BLOB    NOT NULL,        -- its signing key
    role        TEXT    NOT NULL,        -- of its first enrolment
    off         INTEGER NOT NULL,        -- 1: what it sends is quarantined
    incarnation BLOB    NOT NULL,
    program     TEXT    NOT NULL,        -- "agent/0.1.0"
    last_seen   INTEGER NOT NULL,        -- ms since 1970 UTC, 0 never
    status      TEXT    NOT NULL,        -- wire.Status as JSON
    acked       INTEGER NOT NULL         -- control entry it has applied
) STRICT;

-- A one-time code, by its hash. used is set with the first use and the row
-- stays, so that a code is never good twice.
CREATE TABLE enrolment (
    code_hash BLOB    PRIMARY KEY,
    device    BLOB    NOT NULL,          -- zeros: a new device
    name      TEXT    NOT NULL,
    program   TEXT    NOT NULL,
    actor     BLOB    NOT NULL,
    display   TEXT    NOT NULL,
    role      TEXT    NOT NULL,
    scopes    TEXT    NOT NULL,          -- JSON array
    expires   INTEGER NOT NULL,          -- ms since 1970 UTC
    made_by   BLOB    NOT NULL,
    used      INTEGER NOT NULL           -- ms since 1970 UTC, 0 not yet
) STRICT;

-- A person who acts, with the name by which others read them. off stops all
-- their logins.
CREATE TABLE actor (
    id      BLOB    PRIMARY KEY,
    display TEXT    NOT NULL,
    off     INTEGER NOT NULL
) STRICT;

-- A login binds a person, a device and a role.
CREATE TABLE login (
    id         BLOB    PRIMARY KEY,
    actor      BLOB    NOT NULL,
    device     BLOB    NOT NULL,
    role       TEXT    NOT NULL,
    everywhere INTEGER NOT NULL,         -- 1: all scopes; then login_scope has no row
    off        INTEGER NOT NULL
) STRICT;

CREATE INDEX login_device ON login (device);
CREATE INDEX login_actor ON login (actor);

-- The scopes a login may use.
CREATE TABLE login_scope (
    login BLOB NOT NULL REFERENCES login,
    scope TEXT NOT NULL,
    PRIMARY KEY (login, scope)
) STRICT, WITHOUT ROWID;

-- What a device may hold now.
CREATE TABLE device_grant (
    device BLOB NOT NULL REFERENCES device,
    scope  TEXT NOT NULL,
    view   TEXT NOT NULL,
    PRIMARY KEY (device, scope)
) STRICT, WITHOUT ROWID;

-- The control log of a device: numbered from 1 without gaps, never changed.
CREATE TABLE control (
    device BLOB    NOT NULL REFERENCES device,
    number INTEGER NOT NULL,
    entry  BLOB    NOT NULL,             -- a wire.Control message with this one entry
    at     INTEGER NOT NULL,             -- ms since 1970 UTC
    purge  BLOB    NOT NULL,             -- for a revocation: the device's signature that it purged; else empty
    PRIMARY KEY (device, number)
) STRICT, WITHOUT ROWID;

-- A person who works in the console.
CREATE TABLE staff (
    name    TEXT    PRIMARY KEY,         -- login name
    display TEXT    NOT NULL,
    hash    TEXT    NOT NULL,            -- argon2id, PHC string form
    login   BLOB    NOT NULL REFERENCES login,
    org     BLOB    NOT NULL,
    off     INTEGER NOT NULL,
    created INTEGER NOT NULL             -- ms since 1970 UTC
) STRICT;

-- Small named values: server identity, key ids, epoch.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- +goose Down
DROP TABLE setting;
DROP TABLE staff;
DROP TABLE control;
DROP TABLE device_grant;
DROP TABLE login_scope;
DROP TABLE login;
DROP TABLE actor;
DROP TABLE enrolment;
DROP TABLE device;
