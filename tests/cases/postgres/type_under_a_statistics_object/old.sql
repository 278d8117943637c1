CREATE TABLE t (id integer PRIMARY KEY, name text);

CREATE STATISTICS s ON id, name FROM t;
