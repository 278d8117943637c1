INSERT INTO users VALUES (1, 'Ann', 'a', 'x'), (2, 'Bob', NULL, NULL);
