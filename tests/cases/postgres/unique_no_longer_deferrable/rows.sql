INSERT INTO k VALUES (1, 'x', '2024-01-01'), (2, 'y', NULL);
