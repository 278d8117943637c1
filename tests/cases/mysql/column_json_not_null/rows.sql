INSERT INTO carts VALUES (1, '{}');
