CREATE TABLE t (a INT, b INT, c TEXT DEFAULT 'x', UNIQUE (a, b), CHECK (a < b));
