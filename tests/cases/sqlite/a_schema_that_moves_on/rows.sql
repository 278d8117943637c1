INSERT INTO users VALUES (3, 'a@x', NULL), (9, 'b@x', 'bee'); INSERT INTO rooms VALUES (1, 'hall'); INSERT INTO messages VALUES (1, 1, 3, 'hi'), (2, 1, 9, 'ho');
