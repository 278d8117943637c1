CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, born date);
CREATE TABLE notes (id integer PRIMARY KEY);
CREATE POLICY grown ON notes USING (EXISTS (SELECT FROM users WHERE id > 17));
