CREATE TABLE t (id int PRIMARY KEY, a binary(3) DEFAULT X'ff00');
