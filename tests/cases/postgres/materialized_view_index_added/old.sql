CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE MATERIALIZED VIEW m AS SELECT id, name FROM users;
