CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE VIEW v WITH (security_barrier = true, check_option = 'local') AS SELECT id, name FROM users WHERE id > 0;
