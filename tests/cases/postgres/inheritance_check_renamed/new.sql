CREATE TABLE a (id int, CONSTRAINT two CHECK (id > 0));
CREATE TABLE b (y int) INHERITS (a);
