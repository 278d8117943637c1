CREATE TABLE t (id integer PRIMARY KEY, c bigint, d integer GENERATED ALWAYS AS (id + 1) STORED);
