CREATE AGGREGATE many(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');

ALTER AGGREGATE many(*) OWNER TO case_reader;
