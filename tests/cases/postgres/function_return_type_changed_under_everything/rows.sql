INSERT INTO users (id, age) VALUES (1, 4), (2, 5);
