CREATE TABLE t (id integer PRIMARY KEY, twice integer GENERATED ALWAYS AS (id * 3) STORED);
GRANT SELECT (twice) ON t TO case_reader;
