CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;

CREATE POLICY seen ON users FOR SELECT USING (true);
CREATE POLICY gone ON users FOR DELETE USING (false);
