CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';

ALTER FUNCTION f(integer) OWNER TO case_reader;
