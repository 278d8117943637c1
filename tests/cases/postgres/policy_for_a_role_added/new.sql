CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;

CREATE POLICY mine ON users AS RESTRICTIVE FOR UPDATE TO case_reader, "Case Admin" USING (age > 3) WITH CHECK (age > 4);
