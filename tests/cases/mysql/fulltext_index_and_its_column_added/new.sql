CREATE TABLE t (id int PRIMARY KEY, a varchar(20), b text, FULLTEXT KEY k (a, b));
