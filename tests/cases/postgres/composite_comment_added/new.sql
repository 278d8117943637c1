CREATE TYPE address AS (street text, number integer);

COMMENT ON TYPE address IS 'where';
COMMENT ON COLUMN address.street IS 'which';
