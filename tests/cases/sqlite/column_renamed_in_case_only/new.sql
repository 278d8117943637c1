CREATE TABLE t (name TEXT, b INT);
CREATE INDEX i ON t (name);
