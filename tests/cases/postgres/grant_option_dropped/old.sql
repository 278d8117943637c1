CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

GRANT SELECT ON users TO case_reader WITH GRANT OPTION;
