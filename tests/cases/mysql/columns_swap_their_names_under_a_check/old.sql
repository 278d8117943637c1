CREATE TABLE t (id int PRIMARY KEY, a int, b int, CONSTRAINT k CHECK (a > 0 OR b > 1));
