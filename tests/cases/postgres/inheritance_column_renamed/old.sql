CREATE TABLE a (id int, x int CHECK (x > 0));
CREATE TABLE b (y int) INHERITS (a);
CREATE TABLE c (x int DEFAULT 1) INHERITS (b);
