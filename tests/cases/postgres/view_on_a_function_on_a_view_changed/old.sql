CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE VIEW a AS SELECT id, age FROM users;
CREATE FUNCTION f() RETURNS SETOF integer BEGIN ATOMIC SELECT age FROM a; END;
CREATE VIEW b AS SELECT f() AS age;
