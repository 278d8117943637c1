CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE MATERIALIZED VIEW m AS SELECT id, name, age FROM users WHERE id > 0;
CREATE INDEX m_id ON m (id);
COMMENT ON MATERIALIZED VIEW m IS 'kept';
