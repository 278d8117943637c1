CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE VIEW z AS SELECT * FROM users;
CREATE VIEW b AS SELECT id, name FROM z;
CREATE VIEW a AS SELECT name FROM b;
