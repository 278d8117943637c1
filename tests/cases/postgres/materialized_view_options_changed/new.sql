CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE MATERIALIZED VIEW m WITH (fillfactor = 60, autovacuum_enabled = off) AS SELECT id FROM users;
