INSERT INTO t VALUES ('glad', '7', 'text');
