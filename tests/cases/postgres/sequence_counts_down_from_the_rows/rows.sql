INSERT INTO t VALUES (4), (-1), (-3);
