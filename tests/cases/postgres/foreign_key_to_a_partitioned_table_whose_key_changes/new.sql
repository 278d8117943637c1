CREATE TABLE p (id integer, k integer, PRIMARY KEY (id, k)) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE q (id integer, k integer, FOREIGN KEY (id, k) REFERENCES p);
