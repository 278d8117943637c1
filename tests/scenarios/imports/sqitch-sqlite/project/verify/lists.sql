-- Verify lists:lists on sqlite

BEGIN;

SELECT id, name FROM lists WHERE 0;
SELECT 'a row is fine';

ROLLBACK;
