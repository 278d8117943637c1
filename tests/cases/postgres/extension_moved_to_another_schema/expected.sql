-- up
ALTER EXTENSION citext SET SCHEMA ext;

-- down
ALTER EXTENSION citext SET SCHEMA public;
