INSERT INTO p (id, code) VALUES (10, 'a'), (30, 'b');
