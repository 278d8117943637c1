INSERT INTO f VALUES (1), (2);
INSERT INTO p VALUES (1, 'a'), (2, 'b');
