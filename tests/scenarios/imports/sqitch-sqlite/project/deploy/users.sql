-- Deploy lists:users to sqlite

BEGIN;

CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x');

COMMIT;
