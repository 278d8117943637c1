CREATE TABLE ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt (a integer) PARTITION BY RANGE (a);
CREATE TABLE part PARTITION OF ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt FOR VALUES FROM (0) TO (9);
