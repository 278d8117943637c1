CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE FUNCTION oldest() RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT users.name FROM users ORDER BY users.age DESC LIMIT 1; END;
