CREATE TABLE a (id int, m int DEFAULT 5);
CREATE TABLE b (x int, m int DEFAULT 6) INHERITS (a);
