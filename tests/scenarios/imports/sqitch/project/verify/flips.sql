-- Verify flipr:flips on pg

BEGIN;

DO $$
BEGIN
    ASSERT (SELECT count(*) >= 0 FROM flipr.flips);
END;
$$;

ROLLBACK;
