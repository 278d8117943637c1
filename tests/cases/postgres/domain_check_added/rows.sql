INSERT INTO bills VALUES (1, 5), (2, 7.5);
