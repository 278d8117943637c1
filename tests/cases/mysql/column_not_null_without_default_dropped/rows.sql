INSERT INTO t (id, a, b, c) VALUES (1, 10, 'x', 5), (2, NULL, NULL, 5), (3, 30, 'z', 5);
