INSERT INTO t VALUES (1, VEC_FromText('[1,2,3]'));
