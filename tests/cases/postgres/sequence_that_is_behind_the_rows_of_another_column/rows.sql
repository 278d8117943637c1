INSERT INTO t (other) VALUES (1), (3), (9);
