CREATE TABLE t (id integer PRIMARY KEY, c integer, d integer GENERATED ALWAYS AS (id + 1) STORED);
