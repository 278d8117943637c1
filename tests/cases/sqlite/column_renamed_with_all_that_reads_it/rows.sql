INSERT INTO t (id, b) VALUES (1, 'x'); INSERT INTO o VALUES ('x');
