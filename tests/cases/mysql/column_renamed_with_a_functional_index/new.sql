CREATE TABLE t (id int PRIMARY KEY, b int, KEY k ((b + 1)), KEY o (b));
