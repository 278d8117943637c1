CREATE SCHEMA a;
CREATE TYPE a.mood AS ENUM ('x');
CREATE TABLE a.t (id integer PRIMARY KEY, m a.mood);
CREATE FUNCTION a.f(a.mood) RETURNS integer LANGUAGE sql AS 'SELECT 1';
