CREATE TABLE t (id integer PRIMARY KEY, c numeric(12,2));
