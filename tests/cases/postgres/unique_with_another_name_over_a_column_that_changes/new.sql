CREATE TABLE k (a bigint, b text, CONSTRAINT two UNIQUE (a));
