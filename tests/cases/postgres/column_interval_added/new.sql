CREATE TABLE t (id integer PRIMARY KEY, c interval day to second);
