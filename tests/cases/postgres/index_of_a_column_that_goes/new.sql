CREATE TABLE t (id integer, a text);
CREATE INDEX i ON t (a);
