CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE MATERIALIZED VIEW m AS SELECT id, name FROM users;

COMMENT ON MATERIALIZED VIEW m IS 'kept';
COMMENT ON COLUMN m.id IS 'id';
