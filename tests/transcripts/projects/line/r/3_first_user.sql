-- revision: cccc3333
-- down_revision: bbbb2222
-- message: The first user
-- created: 2025-03-01T12:00:00Z

-- @upgrade
INSERT INTO users VALUES (1, 'Ada');

-- @downgrade
DELETE FROM users WHERE id = 1;
