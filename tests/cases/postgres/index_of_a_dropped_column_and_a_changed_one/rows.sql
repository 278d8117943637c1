INSERT INTO users VALUES (1, 3, '4');
