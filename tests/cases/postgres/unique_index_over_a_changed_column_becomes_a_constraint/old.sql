CREATE TABLE k (a integer, b text);
CREATE UNIQUE INDEX k_a ON k (a);
