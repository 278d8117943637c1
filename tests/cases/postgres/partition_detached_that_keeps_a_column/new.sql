CREATE TABLE t (k integer NOT NULL, n integer) PARTITION BY LIST (k);
CREATE TABLE t1 (k integer NOT NULL, n integer, s text);
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
