INSERT INTO t (id, a, d) VALUES (1, 10, '2020-01-01'), (12, 30, '2021-05-01');
