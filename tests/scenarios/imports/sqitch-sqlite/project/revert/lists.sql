-- Revert lists:lists from sqlite

BEGIN;

DROP TABLE lists;

COMMIT;
