CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

GRANT SELECT, INSERT ON users TO case_reader;
GRANT ALL ON users TO "Case Admin";
