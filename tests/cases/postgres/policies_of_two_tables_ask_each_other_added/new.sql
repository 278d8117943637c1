CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE TABLE notes (id integer PRIMARY KEY, user_id integer);
CREATE POLICY mine ON notes USING (user_id IN (SELECT id FROM users));
CREATE POLICY mine ON users USING (id IN (SELECT user_id FROM notes));
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
