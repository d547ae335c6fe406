-- +goose Up

-- Snapshots hold what stands in many records, each sealed once more under the key
-- of the snapshot, "snapshot:" and 32 hexadecimal digits. When any other key is
-- destroyed the keys of all snapshots go in the same transaction, so that what
-- was erased cannot be read there either; they are made anew when asked for.
-- +goose StatementBegin
CREATE TRIGGER data_key_destroyed AFTER DELETE ON data_key
WHEN NOT (OLD.name >= CAST('snapshot:' AS BLOB) AND OLD.name < CAST('snapshot;' AS BLOB))
BEGIN
    DELETE FROM data_key WHERE name >= CAST('snapshot:' AS BLOB) AND name < CAST('snapshot;' AS BLOB);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER data_key_destroyed;
