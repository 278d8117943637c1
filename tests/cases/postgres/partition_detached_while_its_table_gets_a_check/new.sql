CREATE TABLE f (k integer CONSTRAINT f_k PRIMARY KEY);
CREATE TABLE t (k integer NOT NULL REFERENCES f, s text, n integer, CONSTRAINT c CHECK (s <> '')) PARTITION BY LIST (k);
CREATE TABLE t1 (k integer NOT NULL, s text);
