-- revision: cccc1111
-- down_revision: null
-- message: Create rooms
-- created: 2025-03-01T12:00:00Z

-- @upgrade
CREATE TABLE rooms (id integer PRIMARY KEY);

-- @downgrade
DROP TABLE rooms;
