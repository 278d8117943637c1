CREATE TABLE a (id integer);
CREATE TABLE c (id integer, y integer);
ALTER TABLE c INHERIT a;
