INSERT INTO users VALUES (1, 'a@x', NULL), (2, 'b@x', 1);
