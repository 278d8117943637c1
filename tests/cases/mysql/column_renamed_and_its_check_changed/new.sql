CREATE TABLE t (id int PRIMARY KEY, b bigint, CONSTRAINT k CHECK (b > 1));
