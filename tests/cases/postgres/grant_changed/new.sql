CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

GRANT SELECT, UPDATE ON users TO case_reader;
GRANT DELETE ON users TO case_writer;
