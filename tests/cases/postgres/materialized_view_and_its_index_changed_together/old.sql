CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE MATERIALIZED VIEW m AS SELECT id, name FROM users;
CREATE UNIQUE INDEX m_id ON m (id);
CREATE INDEX m_name ON m (name);
