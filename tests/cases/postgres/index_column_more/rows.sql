INSERT INTO t SELECT n, 'n' || n, n % 7, ARRAY['a', 'b'], '{"a": 1}', point(n, n), 'a b' FROM generate_series(1, 50) n;
