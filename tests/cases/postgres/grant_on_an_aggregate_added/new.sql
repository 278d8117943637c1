CREATE AGGREGATE many(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');

GRANT EXECUTE ON FUNCTION many() TO case_reader;
