-- Verify lists:users on sqlite

BEGIN;

SELECT id, name FROM users WHERE 0;
SELECT 'a row is fine';

ROLLBACK;
