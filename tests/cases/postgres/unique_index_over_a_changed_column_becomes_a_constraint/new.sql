CREATE TABLE k (a bigint, b text, CONSTRAINT k_a UNIQUE (a));
