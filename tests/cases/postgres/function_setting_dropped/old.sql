CREATE FUNCTION f() RETURNS integer LANGUAGE sql SET search_path = public AS 'SELECT 1';
