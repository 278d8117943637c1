CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

ALTER TABLE users ADD COLUMN note text;

CREATE STATISTICS both_of (dependencies) ON name, age FROM users;
