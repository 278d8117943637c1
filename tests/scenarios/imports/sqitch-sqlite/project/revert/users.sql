-- Revert lists:users from sqlite

BEGIN;

DROP TABLE users;

COMMIT;
