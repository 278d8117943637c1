-- Deploy flipr:report to pg

BEGIN;

\ir ../include/report.sql

COMMIT;
