CREATE TABLE t (a INT, b TEXT, c INT);
CREATE VIEW v ("first one", second) AS SELECT a, b FROM t;
