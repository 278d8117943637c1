CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE TABLE log (id integer);

CREATE RULE keep AS ON DELETE TO users DO ALSO INSERT INTO log VALUES (old.id);
