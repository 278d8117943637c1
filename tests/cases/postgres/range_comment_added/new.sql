CREATE TYPE floats AS RANGE (subtype = float8);

COMMENT ON TYPE floats IS 'from to';
