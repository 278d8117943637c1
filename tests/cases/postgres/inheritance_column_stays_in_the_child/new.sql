CREATE TABLE a (id int);
CREATE TABLE b (x int, y int) INHERITS (a);
CREATE TABLE c () INHERITS (a);
