INSERT INTO events VALUES (1, '2024-05-05', 'a'), (2, '2024-06-06', 'b');
