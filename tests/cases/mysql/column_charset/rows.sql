INSERT INTO t (id, c) VALUES (1, 10), (2, 3);
