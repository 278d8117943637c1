CREATE TABLE t (id int PRIMARY KEY, `b'` int, c int AS (`b'` * 2) VIRTUAL, d int AS (`b'` * 3) STORED, KEY o (c), CONSTRAINT k CHECK (`b'` > 0), CONSTRAINT l CHECK (`b'` < id * 90));
