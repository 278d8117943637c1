CREATE TABLE t (id INTEGER PRIMARY KEY, first TEXT, last TEXT, whole TEXT GENERATED ALWAYS AS (first || ' ' || last) STORED, short AS (substr(last, 1, 1)));
CREATE UNIQUE INDEX i ON t (whole) WHERE short <> '';
CREATE VIEW v AS SELECT whole, short FROM t;
