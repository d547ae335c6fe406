-- +goose Up

-- The epoch in which a device was last told everything that holds for it. In a
-- later one, after a restore, its control log may go on otherwise than it has heard.
ALTER TABLE device ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
-- The mark of the last entry that the device had heard then, if it is not in the log.
ALTER TABLE device ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE device DROP COLUMN heard;
ALTER TABLE device DROP COLUMN told;
