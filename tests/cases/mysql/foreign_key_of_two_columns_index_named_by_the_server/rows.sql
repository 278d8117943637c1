INSERT INTO shops VALUES (1, 1), (2, 3); INSERT INTO orders VALUES (7, 1, 1), (8, 2, 3);
