CREATE TABLE t (id integer PRIMARY KEY, email text);
CREATE VIEW v AS SELECT email FROM t;
