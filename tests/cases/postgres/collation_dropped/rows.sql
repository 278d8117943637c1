INSERT INTO users VALUES (1, 'Ann', 'a'), (2, 'Bob', NULL);
