CREATE TABLE t (id int PRIMARY KEY, a int, c int AS (a * 2) VIRTUAL, d int AS (a * 3) STORED, KEY o (c), CONSTRAINT k CHECK (a > 0), CONSTRAINT l CHECK (a < id * 90));
