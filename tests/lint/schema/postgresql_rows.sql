INSERT INTO countries (code, name, iso3) VALUES ('de', 'Germany', 'deu'), ('fr', 'France', 'fra'), ('pt', 'Portugal', NULL);
INSERT INTO users (email, name, nickname, phone, bio, age, country, mood, score, settings, profile, token, tags, referrer_id, backup_email, seen_at) VALUES
    ('ada@example.org', 'Ada', 'ada', '1', 'x', 36, 'de', 'ok', 1.5, '{}', '{"a": 1}', '00000000-0000-0000-0000-000000000001', '{a}', NULL, 'a@b', '2024-01-01'),
    ('bob@example.org', 'Bob', NULL, '2', 'x', NULL, 'fr', NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL, NULL),
    ('cy@example.org', 'Cy', 'cy', '3', 'y', 20, NULL, 'sad', 2, '{}', '{}', '00000000-0000-0000-0000-000000000003', '{}', 1, NULL, now()),
    ('dan@example.org', 'Dan', 'cy', '3', 'y', 20, NULL, 'sad', 2, '{}', '{}', '00000000-0000-0000-0000-000000000004', '{}', 2, NULL, now());
INSERT INTO categories (id, parent_id, name, position) VALUES (1, NULL, 'all', 1), (2, 1, 'books', NULL), (3, 1, 'tools', 2);
INSERT INTO products (sku, title, price, weight, stock, category_id, attributes, code, available, bits) VALUES
    ('s1', 'One', 1, 1.5, 3, 1, '{}', 'a', '[1,5)', B'1'),
    ('s2', 'Two', 2, NULL, 0, 2, NULL, NULL, '[5,9)', NULL),
    ('s3', 'Three', 3, 2, 7, NULL, '{}', 'c', NULL, NULL);
INSERT INTO orders (user_id, status, number, total, note, label, quantity, coupon_id, product_id, shipped_on) VALUES
    (1, 'new', 'o1', 10, 'x', 'l', 1, 1, 1, NULL), (1, 'paid', 'o2', 20, NULL, NULL, NULL, NULL, NULL, NULL),
    (2, 'shipped', 'o3', 30, NULL, 'l', 2, 2, 3, '2024-02-02'), (3, 'new', 'o4', 40, NULL, NULL, NULL, NULL, 2, NULL);
INSERT INTO order_items (order_id, line, product_id, amount, price) VALUES (1, 1, 1, 2, 1), (1, 2, 2, 1, 2), (2, 1, 3, 1, NULL);
INSERT INTO sessions (user_id, ip, data, expires_at) VALUES (1, '127.0.0.1', '{}', now()), (2, NULL, NULL, NULL), (2, NULL, '{}', now());
INSERT INTO audit_log (nr, ref, level, message, user_id) VALUES (1, 1, 1, 'a', 1), (2, NULL, 2, 'b', NULL), (3, NULL, 2, NULL, 2), (4, NULL, NULL, 'd', 2);
INSERT INTO archive.old_orders VALUES (1, 'a', 1), (2, 'b', 2), (3, NULL, NULL);
INSERT INTO measurements VALUES (1, '2023-02-02', 1), (1, '2023-03-02', NULL), (2, '2023-04-04', 2), (1, '2024-02-02', 3), (2, '2024-02-02', 4), (3, '2024-03-03', NULL);
INSERT INTO measurements_2025 VALUES (1, '2025-01-01', 1), (2, '2025-02-02', 2), (3, '2025-03-03', NULL);
INSERT INTO measurements_2026 VALUES (1, '2026-01-01', 1), (2, '2026-02-02', 2), (3, '2026-03-03', NULL);
INSERT INTO measurements_2027 VALUES (1, '2027-01-01', 1), (2, '2027-02-02', 2), (3, '2027-03-03', NULL);
INSERT INTO events VALUES ('click', '{}', now()), ('click', NULL, NULL), ('click', '{}', NULL), ('scroll', '{}', now()), ('zoom', NULL, NULL), ('zoom', '{}', now());
INSERT INTO events_view VALUES ('view', '{}', now()), ('view', NULL, NULL), ('view', '{}', NULL);
REFRESH MATERIALIZED VIEW user_orders;
REFRESH MATERIALIZED VIEW level_counts;
