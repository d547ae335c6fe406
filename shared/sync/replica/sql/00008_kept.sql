-- +goose Up

-- What the server wrote itself and gave this device to keep, until a backup of the
-- server holds it: change sets first..last of a lane of the server in a scope, sealed
-- to the server. This device cannot read it. A server that was restored is offered
-- it back. waiting: 1 to be offered; given is then the newest version that receipts
-- name, 0 without receipts, and a checkpoint that reaches it ends the waiting.
CREATE TABLE kept (
	scope       TEXT NOT NULL,
	incarnation BLOB NOT NULL,
	last        INTEGER NOT NULL,
	chain       BLOB NOT NULL,    -- digest of the lane at last
	first       INTEGER NOT NULL,
	version     INTEGER NOT NULL, -- of the newest change set
	waiting     INTEGER NOT NULL DEFAULT 0,
	given       INTEGER NOT NULL DEFAULT 0,
	box         BLOB NOT NULL,    -- an envelope
	PRIMARY KEY (scope, incarnation, last, chain)
) STRICT;
CREATE INDEX kept_waiting ON kept (scope) WHERE waiting = 1;
