CREATE TABLE users (id integer PRIMARY KEY, name varchar(20) CHECK (name IN ('Ann', 'Bob')));
CREATE INDEX known ON users (id) WHERE name NOT IN ('x', 'y');
