CREATE TABLE t (id INTEGER PRIMARY KEY, first TEXT, last TEXT, whole TEXT GENERATED ALWAYS AS (last || ', ' || first) STORED, short AS (substr(last, 1, 3)));
CREATE UNIQUE INDEX i ON t (whole) WHERE short <> '';
CREATE VIEW v AS SELECT whole, short FROM t;
