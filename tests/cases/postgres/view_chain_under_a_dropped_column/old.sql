CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE VIEW a AS SELECT * FROM users;
CREATE VIEW b AS SELECT id, age FROM a;
CREATE VIEW c AS SELECT id FROM b;
