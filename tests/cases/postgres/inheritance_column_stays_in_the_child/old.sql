CREATE TABLE a (id int, x int);
CREATE TABLE b (y int) INHERITS (a);
CREATE TABLE c () INHERITS (a);
