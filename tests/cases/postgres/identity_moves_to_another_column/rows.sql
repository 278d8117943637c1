INSERT INTO users (number) VALUES (4), (5);
