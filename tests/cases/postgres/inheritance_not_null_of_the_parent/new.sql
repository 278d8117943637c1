CREATE TABLE a (id integer, x integer NOT NULL);
CREATE TABLE b (y integer) INHERITS (a);
