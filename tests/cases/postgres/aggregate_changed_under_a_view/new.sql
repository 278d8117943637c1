CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE FUNCTION step(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT coalesce($1, '''') || $2';

CREATE AGGREGATE glue(text) (SFUNC = step, STYPE = text, INITCOND = 'x');
CREATE VIEW v AS SELECT glue(name) AS all_names FROM users;
