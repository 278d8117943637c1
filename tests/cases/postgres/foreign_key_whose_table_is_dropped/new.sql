CREATE TABLE c (p integer, q integer);
