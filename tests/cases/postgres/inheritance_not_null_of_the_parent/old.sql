CREATE TABLE a (id integer, x integer);
CREATE TABLE b (y integer) INHERITS (a);
