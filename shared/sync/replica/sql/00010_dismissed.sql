-- +goose Up

-- 1 once a person has put aside what cannot be read any more, or what a kiosk carried
-- and the server refused. The row stays as it is; it is counted apart, and the audit
-- log has who did it and why.
ALTER TABLE outbox ADD COLUMN dismissed INTEGER NOT NULL DEFAULT 0;
