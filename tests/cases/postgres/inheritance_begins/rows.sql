INSERT INTO dogs VALUES (1, 'a');
