-- One device's replica: what it pulled (base), what it did (outbox), and the keys
-- that open both. Every column called sealed, wrapped or box is ciphertext; what
-- stands in the clear is ids, numbers, sizes and times.
--
-- Rules of these scripts: steps are never edited once released; a step only adds;
-- every SELECT names its columns, so that an added column harms no older program.

-- +goose Up

-- Small named values: identity, incarnation, clock offset, control position,
-- public keys of the server. Secret ones are sealed before they come here.
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One person who can unlock this device. The person's own key (wrapped) is under
-- their passphrase; under it lie the compartment's secret and their signing key.
CREATE TABLE users (
	actor    BLOB PRIMARY KEY,
	wrapped  BLOB NOT NULL, -- user key under the passphrase (argon2id)
	secret   BLOB NOT NULL, -- the compartment's secret, sealed under the user key
	person   BLOB NOT NULL, -- signing key, sealed under the user key
	info     BLOB NOT NULL, -- display name, sealed under the user key
	escrow   BLOB,          -- user key for two administrators; NULL where none are known
	recovery BLOB           -- state of a recovery under way, under the new passphrase
) STRICT, WITHOUT ROWID;

-- A login that the server issued to somebody on this device.
CREATE TABLE logins (
	login BLOB PRIMARY KEY,
	actor BLOB NOT NULL,
	role  TEXT NOT NULL,
	void  INTEGER NOT NULL DEFAULT 0 -- 1 after a logout; its unsent work is kept
) STRICT, WITHOUT ROWID;

-- A scope that this device may hold, and how far it holds it. version 0 means that
-- the next checkpoint brings all of it and replaces what is here.
CREATE TABLE scopes (
	scope        TEXT PRIMARY KEY,
	view         TEXT NOT NULL,
	view_version INTEGER NOT NULL DEFAULT 0,
	version      INTEGER NOT NULL DEFAULT 0,
	held         INTEGER NOT NULL DEFAULT 0, -- version of the rows in base; stays when the cursor is forgotten
	log_hash     BLOB NOT NULL,
	floor        INTEGER NOT NULL DEFAULT 0, -- greatest effective stamp up to version
	digest       BLOB NOT NULL,              -- sum over the fields of live records
	watermark    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- The state of one record as the server sent it: a row as package wire writes it,
-- sealed under the data key and bound to its id. On a kiosk it holds fields of
-- class C1 only, outside the scope ref. There is no index by scope: a scope is only
-- ever read with all others or deleted whole.
CREATE TABLE base (
	id      BLOB PRIMARY KEY,
	scope   TEXT NOT NULL,
	version INTEGER NOT NULL,
	sealed  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- On a kiosk only: fields of class C2 and C3 that the server sent, sealed to the
-- public key of the staff compartment. A record may have several; per field the
-- highest version counts. They are joined when a cadre unlocks.
CREATE TABLE staff (
	number INTEGER PRIMARY KEY,
	id     BLOB NOT NULL,
	scope  TEXT NOT NULL,
	box    BLOB NOT NULL
) STRICT;
CREATE INDEX staff_scope ON staff (scope);

-- One lane: this device's change sets in one scope. A scope has at most one lane
-- with closed NULL, the one that new work goes to.
CREATE TABLE lanes (
	incarnation BLOB NOT NULL,
	scope       TEXT NOT NULL,
	seed        BLOB,             -- sealed; NULL on a kiosk, where every frame has its own
	next        INTEGER NOT NULL, -- number of the next change set
	chain       BLOB NOT NULL,    -- digest at next-1
	stamp       INTEGER NOT NULL, -- effective stamp of next-1
	closed      INTEGER,          -- last number the server holds of a closed lane
	PRIMARY KEY (incarnation, scope)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX lanes_open ON lanes (scope) WHERE closed IS NULL;

-- One change set of this device, from the act until the server's backup holds it.
-- state: 0 waiting, 1 applied, 2 refused, 3 quarantined, 4 erased, 5 done with
-- (discarded or replaced), 6 issued again in another lane, 7 stranded (a kiosk's
-- box whose lane was closed; only the server can read it).
-- version is not 0 in state 1 only. sealed is NULL once the watermark passed it.
CREATE TABLE outbox (
	seq         INTEGER PRIMARY KEY AUTOINCREMENT,
	incarnation BLOB NOT NULL,
	scope       TEXT NOT NULL,
	number      INTEGER NOT NULL,
	state       INTEGER NOT NULL DEFAULT 0,
	chain       BLOB NOT NULL,    -- digest at number
	stamp       INTEGER NOT NULL, -- effective, as well as the device knows
	wall_ms     INTEGER NOT NULL, -- the device's clock when it was made
	sealed      BLOB,             -- canonical bytes; on a kiosk only their part of class C1
	box         BLOB,             -- on a kiosk: the signed frame, sealed to the server
	outcome     INTEGER NOT NULL DEFAULT 0,
	version     INTEGER NOT NULL DEFAULT 0,
	detail      BLOB,             -- the rest of the receipt, sealed
	UNIQUE (incarnation, scope, number)
) STRICT;
CREATE INDEX outbox_state ON outbox (state, scope);

-- What somebody had typed and not handed in, sealed under a slip code that only
-- they have. locator is the code's first two characters.
CREATE TABLE drafts (
	number     INTEGER PRIMARY KEY,
	locator    TEXT NOT NULL,
	wrapped    BLOB NOT NULL,
	sealed     BLOB NOT NULL,
	expires_ms INTEGER NOT NULL
) STRICT;

-- Attachments waiting for upload: reserved for the release that sends them.
CREATE TABLE blobs (
	digest BLOB PRIMARY KEY,
	size   INTEGER NOT NULL,
	sealed BLOB NOT NULL,
	sent   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
