CREATE TYPE pair AS (a integer, b integer);
CREATE TABLE t (p pair);
CREATE VIEW v AS SELECT (p).a FROM t;
CREATE INDEX i ON t (((p).b));
