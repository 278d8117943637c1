CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE FUNCTION grown(users) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.age IS NULL OR $1.age > 17';
ALTER TABLE users ADD CONSTRAINT grown CHECK (grown(users));
