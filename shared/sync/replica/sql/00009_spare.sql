-- +goose Up

-- Work of a scope that was revoked: box holds it for the server, sealed is a stub. If
-- its lane is closed the device cannot read it to issue it again, so that is done
-- beforehand: spare_box is the frame of the same change set as number 1, the only one,
-- of a lane of its own, naming its origin; empty if there is nothing to issue again.
-- That lane is used when the old one is closed, and not before.
ALTER TABLE outbox ADD COLUMN spare_incarnation BLOB;
ALTER TABLE outbox ADD COLUMN spare_chain BLOB; -- digest at number 1
ALTER TABLE outbox ADD COLUMN spare_box BLOB;
