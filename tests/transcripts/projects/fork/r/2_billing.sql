-- revision: bbbb2222
-- down_revision: aaaa1111
-- message: Create bills
-- created: 2025-03-01T12:00:00Z
-- branch_labels: [billing]

-- @upgrade
CREATE TABLE bills (id integer PRIMARY KEY);

-- @downgrade
DROP TABLE bills;
