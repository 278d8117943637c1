-- revision: cccc2222
-- down_revision: aaaa1111
-- message: Create rooms
-- created: 2025-03-01T12:00:00Z
-- branch_labels: [chat]

-- @upgrade
CREATE TABLE rooms (id integer PRIMARY KEY);

-- @downgrade
DROP TABLE rooms;
