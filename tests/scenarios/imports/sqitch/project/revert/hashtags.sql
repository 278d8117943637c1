-- Revert flipr:hashtags from pg

BEGIN;

DROP TABLE flipr.hashtags;

COMMIT;
