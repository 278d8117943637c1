CREATE TABLE t (a bigint, b integer GENERATED ALWAYS AS (a + 1) STORED);
