CREATE FUNCTION middle(anyarray) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE AGGREGATE median(integer) (SFUNC = array_append, STYPE = integer[], FINALFUNC = middle, INITCOND = '{}');
CREATE TABLE numbers (number integer);
CREATE VIEW medians AS SELECT median(number) FROM numbers;
