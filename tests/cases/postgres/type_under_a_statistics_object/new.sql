CREATE TABLE t (id bigint PRIMARY KEY, name text);

CREATE STATISTICS s ON id, name FROM t;
