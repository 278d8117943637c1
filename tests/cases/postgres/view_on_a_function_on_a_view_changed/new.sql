CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age bigint, born date);
CREATE VIEW a AS SELECT id, age FROM users;
CREATE FUNCTION f() RETURNS SETOF bigint BEGIN ATOMIC SELECT age FROM a; END;
CREATE VIEW b AS SELECT f() AS age;
