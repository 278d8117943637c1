CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE STATISTICS both_of (dependencies) ON name, age FROM users;
