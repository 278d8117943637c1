INSERT INTO users VALUES (1, 'Ann', 30, '1990-01-01'), (2, 'Bob', 40, '1980-02-02'), (3, 'Cy', NULL, NULL);
