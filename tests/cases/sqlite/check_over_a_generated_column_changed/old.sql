CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, twice INT AS (a * 2) CHECK (twice < 100));
