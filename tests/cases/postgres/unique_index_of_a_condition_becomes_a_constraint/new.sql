CREATE TABLE k (a integer, b text, CONSTRAINT k_a UNIQUE (a));
