CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE TABLE notes (id integer);
CREATE VIEW v AS SELECT users.id FROM users JOIN notes USING (id);
CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM notes; END;
