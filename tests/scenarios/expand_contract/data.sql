INSERT INTO orders (customer, amount) SELECT 'customer ' || n % 100, (n % 900 + 1) + 0.45 FROM generate_series(1, 20000) n;
INSERT INTO invoices (order_id, total) SELECT id, round(amount / 2, 2) FROM orders;
