CREATE TABLE t (id bigint PRIMARY KEY, name text);

CREATE VIEW v AS SELECT id, name FROM t;
CREATE VIEW w AS SELECT id + 1 AS more FROM v;
