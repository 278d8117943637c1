CREATE TABLE a (id integer);
CREATE TABLE b (x integer) INHERITS (a);
CREATE TABLE c (y integer) INHERITS (b);
