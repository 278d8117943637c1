INSERT INTO carts VALUES (1, '{"a": 2}'), (2, NULL);
