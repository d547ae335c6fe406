-- +goose Up

-- What somebody at a laptop is typing and has not saved: a draft is several parts, and
-- a keystroke writes one of them. Each is sealed under the data key and bound to its
-- draft and number. What stands in the clear is an id, the scope, numbers and sizes.
-- It goes with its scope: what was not handed in is nobody's who may not see it.
CREATE TABLE unfinished (
	draft  BLOB NOT NULL,
	part   INTEGER NOT NULL,
	scope  TEXT NOT NULL,
	sealed BLOB NOT NULL,
	PRIMARY KEY (draft, part)
) STRICT, WITHOUT ROWID;
