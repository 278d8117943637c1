CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE MATERIALIZED VIEW m WITH (fillfactor = 50) AS SELECT id FROM users;
