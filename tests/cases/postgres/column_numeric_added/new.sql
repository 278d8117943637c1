CREATE TABLE t (id integer PRIMARY KEY, c numeric(10,2));
