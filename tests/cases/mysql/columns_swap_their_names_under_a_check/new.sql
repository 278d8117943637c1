CREATE TABLE t (id int PRIMARY KEY, b int, a int, CONSTRAINT k CHECK (b > 0 OR a > 1));
