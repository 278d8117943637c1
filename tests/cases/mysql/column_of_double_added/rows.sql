INSERT INTO t (id, a, b) VALUES (1, 10, 'x'), (2, NULL, NULL), (3, 30, 'z');
