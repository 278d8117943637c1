CREATE TABLE t (id bigint PRIMARY KEY, name text);

CREATE VIEW v AS SELECT name, id, id * 2 AS twice FROM t;
