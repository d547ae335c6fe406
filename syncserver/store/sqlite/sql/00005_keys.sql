-- +goose Up

-- Public keys that a device named when it enrolled, as package seal encodes them;
-- empty where it named none. person is the key of the login's actor, by which
-- their own signature on a change set is checked; box is what the device opens
-- that is sealed to it.
ALTER TABLE login ADD COLUMN person BLOB NOT NULL DEFAULT x'';
ALTER TABLE device ADD COLUMN box BLOB NOT NULL DEFAULT x'';

-- +goose Down
ALTER TABLE device DROP COLUMN box;
ALTER TABLE login DROP COLUMN person;
