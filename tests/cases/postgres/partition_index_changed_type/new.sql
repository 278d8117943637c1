CREATE TABLE o (id bigint, r int, k varchar(40)) PARTITION BY LIST (r);
CREATE TABLE o1 PARTITION OF o FOR VALUES IN (1);
CREATE INDEX o_k ON o (k, id);
