-- Revert flipr:report from pg

BEGIN;

DROP VIEW flipr.report;

COMMIT;
