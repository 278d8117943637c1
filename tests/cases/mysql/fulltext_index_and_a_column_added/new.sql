CREATE TABLE t (id int PRIMARY KEY, a varchar(20), b int, FULLTEXT KEY k (a));
