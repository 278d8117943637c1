CREATE FUNCTION "My f(x)"("A b" integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
