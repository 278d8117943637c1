CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE VIEW v AS SELECT id FROM users WHERE id > 0 WITH CASCADED CHECK OPTION;
