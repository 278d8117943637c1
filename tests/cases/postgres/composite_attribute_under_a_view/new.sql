CREATE TYPE pair AS (a bigint, b integer, c text);
CREATE TABLE t (p pair);
CREATE VIEW v AS SELECT (p).a FROM t;
CREATE INDEX i ON t (((p).b));
