CREATE TABLE t (id bigint PRIMARY KEY, n numeric(20,0) UNIQUE);
