CREATE TABLE t (id int PRIMARY KEY, e vector(3) NOT NULL);
