CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE VIEW v AS SELECT users.id FROM users;
CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM users; END;
