CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE VIEW v AS SELECT id, name FROM users;

ALTER VIEW v ALTER COLUMN name SET DEFAULT 'b';
