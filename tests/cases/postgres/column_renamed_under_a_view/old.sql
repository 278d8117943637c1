CREATE TABLE t (id integer PRIMARY KEY, mail text);
CREATE VIEW v AS SELECT mail FROM t;
