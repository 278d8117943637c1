-- up
ALTER TABLE users ADD COLUMN email TEXT;

-- down
-- LOSES the values of users.email
-- Locks: the database for all other writers, while every row of users is written
ALTER TABLE users DROP COLUMN email;
