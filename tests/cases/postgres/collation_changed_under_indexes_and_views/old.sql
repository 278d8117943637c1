CREATE TABLE t (id integer PRIMARY KEY, name text UNIQUE);
CREATE INDEX i ON t (lower(name));
CREATE VIEW v AS SELECT name FROM t;
