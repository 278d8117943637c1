INSERT INTO p VALUES (10, 'a'), (30, 'b');
