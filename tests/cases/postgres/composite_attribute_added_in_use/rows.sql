INSERT INTO houses VALUES (1, ROW('x'));
