INSERT INTO users VALUES (1, 3, 'a'), (2, 4, 'b');
