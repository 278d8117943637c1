CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
