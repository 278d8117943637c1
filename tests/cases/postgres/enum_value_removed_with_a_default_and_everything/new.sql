CREATE TYPE mood AS ENUM ('ok', 'glad');
CREATE TABLE users (id integer PRIMARY KEY, mood mood DEFAULT 'glad' NOT NULL, moods mood[] DEFAULT '{glad}');
CREATE INDEX users_ok ON users (mood) WHERE mood = 'ok';
CREATE VIEW glad AS SELECT id FROM users WHERE mood > 'ok';
CREATE FUNCTION turn(mood) RETURNS mood LANGUAGE sql AS 'SELECT $1';
COMMENT ON TYPE mood IS 'moods';
