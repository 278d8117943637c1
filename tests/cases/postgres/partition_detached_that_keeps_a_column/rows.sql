INSERT INTO t VALUES (1, 1, 'kept'), (2, 2, 'gone');
