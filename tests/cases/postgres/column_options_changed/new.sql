CREATE TABLE t (id integer PRIMARY KEY, c text);

ALTER TABLE t ALTER COLUMN c SET (n_distinct = 6);
