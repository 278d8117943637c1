CREATE TABLE t (a INT NOT NULL, b TEXT, CHECK (a > 0 AND b <> 'X'), UNIQUE (a, b));
