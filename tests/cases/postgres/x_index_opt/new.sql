CREATE TABLE t (id bigint PRIMARY KEY, a int, b text);
CREATE INDEX i ON t (a) WITH (fillfactor=50);