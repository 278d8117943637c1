CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE FUNCTION full_name(users) RETURNS text LANGUAGE sql AS 'SELECT $1.name';
