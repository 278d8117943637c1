-- Deploy lists:items to sqlite

BEGIN;

CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x');

COMMIT;
