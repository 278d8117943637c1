CREATE SCHEMA app;
CREATE TABLE app.users (id integer PRIMARY KEY);
SET search_path = app, public;
CREATE FUNCTION app.one() RETURNS users LANGUAGE sql AS 'SELECT ROW(u.id)::users FROM users u';
RESET search_path;
