-- Deploy flipr:flips to pg
-- requires: appschema

\set longest 180

BEGIN;

CREATE TABLE flipr.flips (
    id   BIGSERIAL PRIMARY KEY,
    body TEXT NOT NULL DEFAULT '' CHECK (LENGTH(body) <= :longest),
    data JSON NOT NULL DEFAULT '{"a": {}}'::json
);

COMMIT;
