CREATE TABLE k (a integer, b text);
CREATE UNIQUE INDEX k_a ON k (a) INCLUDE (b) WITH (fillfactor=70);
ALTER TABLE k CLUSTER ON k_a;
