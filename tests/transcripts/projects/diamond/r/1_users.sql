-- revision: aaaa1111
-- down_revision: null
-- message: Create users
-- created: 2025-03-01T12:00:00Z

-- @upgrade
CREATE TABLE users (id integer PRIMARY KEY);

-- @downgrade
DROP TABLE users;
