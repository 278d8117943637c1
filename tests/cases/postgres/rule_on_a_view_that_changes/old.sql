CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE VIEW v AS SELECT id, name FROM users;
CREATE RULE r AS ON INSERT TO v DO INSTEAD INSERT INTO users (id, name) VALUES (NEW.id, NEW.name);
