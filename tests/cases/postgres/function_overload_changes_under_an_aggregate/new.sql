CREATE FUNCTION middle(integer[]) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1[2]';
CREATE AGGREGATE median(integer) (SFUNC = array_append, STYPE = integer[], FINALFUNC = middle, INITCOND = '{}');
CREATE TABLE numbers (number integer);
CREATE VIEW medians AS SELECT median(number) FROM numbers;
