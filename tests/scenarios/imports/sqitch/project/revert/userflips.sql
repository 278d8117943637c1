-- Revert flipr:userflips from pg

BEGIN;

DROP TABLE flipr.userflips;

COMMIT;
