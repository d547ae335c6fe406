-- +goose Up

-- Versions of the scope held earlier, newest first, each with its log hash: 8 and
-- 32 bytes. By them a server that was restored from a copy finds where its history
-- parts from this device's.
ALTER TABLE scopes ADD COLUMN marks BLOB NOT NULL DEFAULT x'';
