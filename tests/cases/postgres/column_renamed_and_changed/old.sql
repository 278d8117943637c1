CREATE TABLE t (id integer PRIMARY KEY, mail varchar(20));
