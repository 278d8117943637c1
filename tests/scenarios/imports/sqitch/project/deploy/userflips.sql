-- Deploy flipr:userflips to pg
-- requires: users
-- requires: flips

BEGIN;

CREATE TABLE flipr.userflips (
    nickname TEXT   NOT NULL REFERENCES flipr.users,
    flip     BIGINT NOT NULL REFERENCES flipr.flips
);

COMMIT;
