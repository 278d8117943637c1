INSERT INTO logs VALUES (1, '2020-05-05', 'a'), (2, '2021-05-05', 'b'), (3, '2021-06-06', NULL);
