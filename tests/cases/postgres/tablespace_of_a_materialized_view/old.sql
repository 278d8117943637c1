CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE MATERIALIZED VIEW v AS SELECT id FROM users;
