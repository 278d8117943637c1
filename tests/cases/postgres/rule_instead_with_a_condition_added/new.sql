CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE TABLE log (id integer);

CREATE RULE never AS ON UPDATE TO users WHERE old.id = 1 DO INSTEAD NOTHING;
