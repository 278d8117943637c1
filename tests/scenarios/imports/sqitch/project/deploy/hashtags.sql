-- Deploy flipr:hashtags to pg
-- requires: flips

BEGIN;

CREATE TABLE flipr.hashtags (
    flip BIGINT NOT NULL REFERENCES flipr.flips,
    hashtag TEXT NOT NULL
);

COMMIT;
