INSERT INTO t (id, first, last) VALUES (1, 'ann', 'lee'), (2, 'bo', 'ek');
