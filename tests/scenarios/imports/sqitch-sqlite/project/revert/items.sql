-- Revert lists:items from sqlite

BEGIN;

DROP TABLE items;

COMMIT;
