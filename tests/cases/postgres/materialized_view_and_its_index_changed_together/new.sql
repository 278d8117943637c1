CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE MATERIALIZED VIEW m AS SELECT id, name, age FROM users;
CREATE UNIQUE INDEX m_id ON m (id, age);
CREATE INDEX m_name ON m (name) WITH (fillfactor = 70);
