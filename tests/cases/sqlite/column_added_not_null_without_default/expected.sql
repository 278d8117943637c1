-- up
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: users is rebuilt, and its rows are copied
CREATE TABLE new_users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);

-- Locks: the database for all other writers, while every row of users is copied
-- FILL IN: the value of users.email for the existing rows
INSERT INTO new_users (id, name, email) SELECT id, name, /* FILL IN */ FROM users;

DROP TABLE users;
ALTER TABLE new_users RENAME TO users;
PRAGMA legacy_alter_table = OFF;

-- down
-- LOSES the values of users.email
-- Locks: the database for all other writers, while every row of users is written
ALTER TABLE users DROP COLUMN email;
