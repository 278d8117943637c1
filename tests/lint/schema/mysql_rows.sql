INSERT INTO countries (code, name, iso3) VALUES ('de', 'Germany', 'deu'), ('fr', 'France', 'fra'), ('pt', 'Portugal', NULL);
INSERT INTO users (id, email, name, nickname, phone, bio, age, country, mood, flags, options, score, rating, level, settings, legacy_name, referrer_id, seen_at) VALUES
    (1, 'ada@example.org', 'Ada', 'ada', '1', 'x', 36, 'de', 'ok', 'a,b', 'o1', 1.5, 1.5, 1, '{}', 'Ada', NULL, '2024-01-01'),
    (2, 'bob@example.org', 'Bob', NULL, '2', NULL, NULL, 'fr', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL),
    (3, 'cy@example.org', 'Cy', 'cy', '3', 'y', 20, NULL, 'sad', 'c', 'o8', 2, 2, 2, '{}', 'Cy', 1, NOW()),
    (4, 'dan@example.org', 'Dan', 'cy', '3', 'y', 20, NULL, 'sad', 'c', 'o8', 2, 2, 2, '{}', 'Cy', 2, NOW());
INSERT INTO categories (id, parent_id, name, position) VALUES (1, NULL, 'all', 1), (2, 1, 'books', NULL), (3, 1, 'tools', 2);
INSERT INTO products (id, sku, title, price, weight, stock, category_id, code, attributes) VALUES
    (1, 's1', 'One', 1, 1.5, 3, 1, 'a', '{}'), (2, 's2', 'Two', NULL, NULL, 0, 2, NULL, NULL), (3, 's3', 'Three', 3, 2, 7, NULL, 'c', '{}');
INSERT INTO orders (id, user_id, status, number, total, note, label, quantity, coupon_id, product_id, shipped_on) VALUES
    (1, 1, 'new', 'o1', 10, 'x', 'l', 1, 1, 1, NULL), (2, 1, 'paid', 'o2', 20, NULL, NULL, NULL, NULL, NULL, NULL),
    (3, 2, 'shipped', 'o3', 30, NULL, 'l', 2, 2, 3, '2024-02-02'), (4, 3, 'new', 'o4', 40, NULL, NULL, NULL, NULL, 2, NULL);
INSERT INTO order_items (order_id, line, product_id, amount, price) VALUES (1, 1, 1, 2, 1), (1, 2, 2, 1, 2), (2, 1, 3, 1, NULL);
INSERT INTO articles (id, title, body) VALUES (1, 'a', 'some words'), (2, NULL, NULL), (3, 'c', 'more words');
INSERT INTO places (id, name, position, area) VALUES
    (1, 'a', ST_GeomFromText('POINT(1 1)'), ST_GeomFromText('POLYGON((0 0, 0 1, 1 1, 0 0))')),
    (2, NULL, ST_GeomFromText('POINT(2 1)'), ST_GeomFromText('POLYGON((0 0, 0 1, 1 1, 0 0))')),
    (3, 'c', ST_GeomFromText('POINT(3 1)'), ST_GeomFromText('POLYGON((0 0, 0 1, 1 1, 0 0))'));
INSERT INTO audit_log (nr, ref, level, message, user_id) VALUES (1, 1, 1, 'a', 1), (2, NULL, 2, 'b', NULL), (3, NULL, 2, NULL, 2), (4, NULL, NULL, 'd', 2);
INSERT INTO legacy_notes (id, title, body) VALUES (1, 'a', 'x'), (2, 'b', NULL), (3, 'c', 'y');
INSERT INTO compressed_notes (id, body) VALUES (1, 'a'), (2, NULL), (3, 'c');
INSERT INTO measurements VALUES (1, '2023-02-02', 1), (1, '2023-03-02', NULL), (2, '2023-04-04', 2), (1, '2024-02-02', 3), (2, '2024-02-02', 4);
INSERT INTO measurements_2023 VALUES (1, '2023-02-02', 1), (1, '2023-03-02', NULL), (2, '2023-04-04', 2);
