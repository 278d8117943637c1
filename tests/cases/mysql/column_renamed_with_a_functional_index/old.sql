CREATE TABLE t (id int PRIMARY KEY, a int, KEY k ((a + 1)), KEY o (a));
