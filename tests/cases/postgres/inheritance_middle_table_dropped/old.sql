CREATE TABLE a (id integer);
CREATE TABLE b (x integer) INHERITS (a);
CREATE TABLE c (id integer, x integer, y integer);
ALTER TABLE c INHERIT b;
