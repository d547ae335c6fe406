-- +goose Up

-- The device's audit log, as package audit chains it: what its people looked at, and
-- what it has not yet, or only lately, sent to the server. Its id and how far the
-- server has it stand in meta under "audit". Entries are sealed under the data key.
CREATE TABLE audit (
	number INTEGER PRIMARY KEY,
	hash   BLOB NOT NULL,
	sealed BLOB NOT NULL
) STRICT;
