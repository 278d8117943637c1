CREATE TABLE a (id int, CONSTRAINT one CHECK (id > 0));
CREATE TABLE b (y int) INHERITS (a);
