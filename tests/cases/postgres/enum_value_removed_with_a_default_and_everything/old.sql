CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE TABLE users (id integer PRIMARY KEY, mood mood DEFAULT 'ok' NOT NULL, moods mood[] DEFAULT '{ok}');
CREATE INDEX users_ok ON users (mood) WHERE mood = 'ok';
CREATE VIEW glad AS SELECT id FROM users WHERE mood > 'ok';
CREATE FUNCTION turn(mood) RETURNS mood LANGUAGE sql AS 'SELECT $1';
COMMENT ON TYPE mood IS 'moods';
