-- Verify lists:items on sqlite

BEGIN;

SELECT id, name FROM items WHERE 0;
SELECT 'a row is fine';

ROLLBACK;
