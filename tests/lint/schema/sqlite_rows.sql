INSERT INTO countries (code, name, iso3) VALUES ('de', 'Germany', 'deu'), ('fr', 'France', 'fra'), ('pt', 'Portugal', NULL);
INSERT INTO users (id, email, name, nickname, phone, bio, age, country, score, settings, token, referrer_id, seen_at) VALUES
    (1, 'ada@example.org', 'Ada', 'ada', '1', 'x', 36, 'de', 1.5, '{}', x'01', NULL, '2024-01-01'),
    (2, 'bob@example.org', 'Bob', NULL, '2', NULL, NULL, 'fr', NULL, NULL, NULL, 1, NULL),
    (3, 'cy@example.org', 'Cy', 'cy', '3', 'y', 20, NULL, 2, '{}', x'03', 1, '2024-03-03'),
    (4, 'dan@example.org', 'Dan', 'cy', '3', 'y', 20, NULL, 2, '{}', x'03', 2, '2024-03-03');
INSERT INTO categories (id, parent_id, name, position) VALUES (1, NULL, 'all', 1), (2, 1, 'books', NULL), (3, 1, 'tools', 2);
INSERT INTO products (id, sku, title, price, weight, stock, category_id, attributes) VALUES
    (1, 's1', 'One', 1, 1.5, 3, 1, '{}'), (2, 's2', 'Two', NULL, NULL, 0, 2, NULL), (3, 's3', 'Three', 3, 2, 7, NULL, '{}');
INSERT INTO orders (id, user_id, status, number, total, note, quantity, coupon_id, product_id, shipped_on) VALUES
    (1, 1, 'new', 'o1', 10, 'x', 1, 1, 1, NULL), (2, 1, 'paid', 'o2', 20, NULL, NULL, NULL, NULL, NULL),
    (3, 2, 'shipped', 'o3', 30, NULL, 2, 2, 3, '2024-02-02'), (4, 3, 'new', 'o4', 40, NULL, NULL, NULL, 2, NULL);
INSERT INTO order_items (order_id, line, product_id, amount, price) VALUES (1, 1, 1, 2, 1), (1, 2, 2, 1, 2), (2, 1, 3, 1, NULL);
INSERT INTO audit_log (nr, ref, level, message, user_id) VALUES (11, 1, 1, 'a', 1), (12, NULL, 2, 'b', NULL), (13, NULL, 2, NULL, 2), (14, NULL, NULL, 'd', 2);
INSERT INTO tags (name, weight, uses) VALUES ('a', 1.5, 1), ('b', NULL, NULL), ('b', 2, 3);
