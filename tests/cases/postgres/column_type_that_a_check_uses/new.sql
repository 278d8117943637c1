CREATE TABLE t (id integer PRIMARY KEY, c bigint CHECK (c > 0));
