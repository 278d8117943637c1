CREATE TABLE k (a integer NOT NULL, b text NOT NULL, c date);

CREATE UNIQUE INDEX k_u ON k (b);
