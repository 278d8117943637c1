CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE TABLE m (id integer);
CREATE INDEX m_id ON m (id);
