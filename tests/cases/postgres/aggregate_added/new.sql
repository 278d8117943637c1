CREATE FUNCTION step(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT coalesce($1, '''') || $2';

CREATE AGGREGATE glue(text) (SFUNC = step, STYPE = text);
