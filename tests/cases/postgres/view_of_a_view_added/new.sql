CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE VIEW grown AS SELECT * FROM users WHERE age >= 18;

CREATE VIEW names AS SELECT name FROM grown;
