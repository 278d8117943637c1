CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE TABLE log (id integer);

CREATE VIEW v AS SELECT id FROM users;
