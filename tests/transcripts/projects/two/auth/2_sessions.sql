-- revision: aaaa2222
-- down_revision: aaaa1111
-- message: Create sessions
-- created: 2025-03-01T12:00:00Z
-- branch_labels: [sessions]

-- @upgrade
CREATE TABLE sessions (id integer PRIMARY KEY);

-- @downgrade
DROP TABLE sessions;
