CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE MATERIALIZED VIEW v TABLESPACE case_space AS SELECT id FROM users;
