INSERT INTO k VALUES (6, 'x', '2024-01-01'), (7, 'y', NULL);
