CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

COMMENT ON TABLE users IS 'Those who''ve signed up';
