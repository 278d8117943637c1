CREATE TABLE t (a integer, b text);
CREATE INDEX i ON t (b);
CREATE VIEW v AS SELECT b FROM t;
