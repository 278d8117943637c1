CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age bigint, mail text, born date);
CREATE FUNCTION all_users() RETURNS SETOF users LANGUAGE sql AS 'SELECT * FROM users';
CREATE VIEW rows AS SELECT u FROM users u;
CREATE VIEW ages AS SELECT (all_users()).age;
