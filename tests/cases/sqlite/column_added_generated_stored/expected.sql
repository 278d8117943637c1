-- up
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: users is rebuilt, and its rows are copied
CREATE TABLE new_users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, shout TEXT AS (upper(name)) STORED);

-- Locks: the database for all other writers, while every row of users is copied
INSERT INTO new_users (id, name) SELECT id, name FROM users;

DROP TABLE users;
ALTER TABLE new_users RENAME TO users;
PRAGMA legacy_alter_table = OFF;

-- down
-- Locks: the database for all other writers, while every row of users is written
ALTER TABLE users DROP COLUMN shout;
