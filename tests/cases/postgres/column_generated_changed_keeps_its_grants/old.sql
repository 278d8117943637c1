CREATE TABLE t (id integer PRIMARY KEY, twice integer GENERATED ALWAYS AS (id * 2) STORED);
GRANT SELECT (twice) ON t TO case_reader;
