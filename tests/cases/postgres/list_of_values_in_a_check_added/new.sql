CREATE TABLE users (id integer PRIMARY KEY, name varchar(20), CONSTRAINT known CHECK (name IN ('Ann', 'Bob', 'it''s')));
