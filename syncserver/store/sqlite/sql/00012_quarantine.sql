-- +goose Up

-- The effective stamp that the change set got when it arrived, by which it is
-- ordered if it is let pass later; 0: not noted.
ALTER TABLE quarantine ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;

-- What became of quarantined change sets: somebody at the server looked at one and
-- let it be judged, or refused it. The receipt says the outcome of that.
CREATE TABLE decision (
    sid    INTEGER NOT NULL REFERENCES scope,
    lid    INTEGER NOT NULL REFERENCES lane,
    number INTEGER NOT NULL,
    device BLOB    NOT NULL,
    actor  BLOB    NOT NULL,             -- the author
    act    TEXT    NOT NULL,             -- record.Act.Name
    reason TEXT    NOT NULL,             -- message key: why it was quarantined
    kept   INTEGER NOT NULL,             -- ms since 1970 UTC: since when
    by     BLOB    NOT NULL,             -- the actor who decided
    passed INTEGER NOT NULL,             -- 1: let be judged; 0: refused
    why    TEXT    NOT NULL,             -- of a refusal, in the words of who decided
    at     INTEGER NOT NULL,             -- ms since 1970 UTC
    PRIMARY KEY (sid, lid, number)
) STRICT, WITHOUT ROWID;

-- When the device confirmed the entry; 0: not yet, or before this was noted.
ALTER TABLE control ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0; -- ms since 1970 UTC

-- +goose Down
ALTER TABLE control DROP COLUMN confirmed;
DROP TABLE decision;
ALTER TABLE quarantine DROP COLUMN stamp;
