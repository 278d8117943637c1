-- up
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- down
-- LOSES all rows of users
DROP TABLE users;
