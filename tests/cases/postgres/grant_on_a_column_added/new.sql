CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

GRANT SELECT (id, name), UPDATE (name) ON users TO case_reader;
