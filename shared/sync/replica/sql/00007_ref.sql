-- +goose Up

-- 1: the change set was quarantined, and its receipt is the decision about it. It
-- was shown to nobody in between, so that later ones of its lane have not seen it.
ALTER TABLE outbox ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;
