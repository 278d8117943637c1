-- revision: cccc2222
-- down_revision: cccc1111
-- message: Create members
-- created: 2025-03-01T12:00:00Z
-- depends_on: ['auth:aaaa2222']

-- @upgrade
CREATE TABLE members (room integer, person integer);

-- @downgrade
DROP TABLE members;
