CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE INDEX users_name ON users (name) TABLESPACE case_space;
