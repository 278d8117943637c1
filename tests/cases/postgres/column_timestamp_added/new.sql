CREATE TABLE t (id integer PRIMARY KEY, c timestamp(3) with time zone);
