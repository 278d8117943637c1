CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION who() RETURNS text LANGUAGE sql STABLE AS 'SELECT ''x''';
CREATE POLICY mine ON users USING (name = who());
