-- revision: bbbb3333
-- down_revision: bbbb2222
-- message: Number bills
-- created: 2025-03-01T12:00:00Z

-- @upgrade
ALTER TABLE bills ADD COLUMN number integer;

-- @downgrade
ALTER TABLE bills DROP COLUMN number;
