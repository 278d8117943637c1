INSERT INTO logs (id, day, body) VALUES (1, '2020-05-05', 'a'), (2, '2021-05-05', 'b');
