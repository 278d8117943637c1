INSERT INTO t SELECT n FROM generate_series(1, 5) n;
