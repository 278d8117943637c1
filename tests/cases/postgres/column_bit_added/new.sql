CREATE TABLE t (id integer PRIMARY KEY, c bit varying(8));
