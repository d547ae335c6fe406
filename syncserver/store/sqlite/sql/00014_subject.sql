-- +goose Up

-- Finds the records about a person when the audit log is asked who saw their data:
-- what the log only counted stands under scope and kind. The index holds the primary
-- key, so that no record is opened for that.
CREATE INDEX record_subject ON record (subject);

-- +goose Down
DROP INDEX record_subject;
