CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE VIEW grown AS SELECT id, name FROM users WHERE age >= 18;
