CREATE TABLE t (id int PRIMARY KEY, b int, c int DEFAULT (b + 1));
