CREATE TABLE a (id integer, x integer DEFAULT 4);
CREATE TABLE b (y integer) INHERITS (a);
