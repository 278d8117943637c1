CREATE TABLE t (id integer, b date);
