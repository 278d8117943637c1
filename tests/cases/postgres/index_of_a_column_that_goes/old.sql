CREATE TABLE t (id integer, a text, b text);
CREATE INDEX i ON t (a, b);
