-- Deploy lists:lists to sqlite

BEGIN;

CREATE TABLE lists (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x');

COMMIT;
