CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE TABLE orders (id bigint PRIMARY KEY, user_id integer NOT NULL, total numeric(10,2) NOT NULL DEFAULT 0, placed timestamptz NOT NULL DEFAULT now());

CREATE VIEW best AS WITH s AS (SELECT user_id, sum(total) AS sum FROM orders GROUP BY user_id) SELECT u.name, s.sum, rank() OVER (ORDER BY s.sum DESC) FROM users u LEFT JOIN s ON s.user_id = u.id;
