CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE MATERIALIZED VIEW m AS SELECT id FROM users;
CREATE INDEX m_id ON m (id);
