-- revision: 8cc3dbc78c91
-- down_revision: 07eebbaae005
-- message: Roles and suspension
-- created: 2025-12-01T08:31:50Z

-- @upgrade
ALTER TABLE users ADD COLUMN role VARCHAR(20) NOT NULL DEFAULT 'member';
ALTER TABLE users ADD COLUMN suspended_at TIMESTAMP NULL;

-- @downgrade
ALTER TABLE users DROP COLUMN suspended_at;
ALTER TABLE users DROP COLUMN role;
