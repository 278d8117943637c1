-- @case a person keeps name, role and sessions on the way up and down
-- @at e4dfd8156b02
INSERT INTO users (id, email, password_hash) VALUES
    ('u1', 'ada@example.com', 'x'),
    ('u2', 'grace.hopper@example.com', 'x');
INSERT INTO sessions (token_hash, user_id) VALUES ('t1', 'u1');

-- @upgrade 07eebbaae005
-- @expect
SELECT id, display_name FROM users;
-- | id | display_name |
-- |----|--------------|
-- | u1 | ada          |
-- | u2 | grace.hopper |

-- @upgrade head
UPDATE users SET role = 'admin' WHERE id = 'u2';

-- @expect
SELECT id, role FROM users WHERE suspended_at IS NULL;
-- | id | role   |
-- |----|--------|
-- | u1 | member |
-- | u2 | admin  |

-- @downgrade e4dfd8156b02
-- @expect
SELECT users.email, sessions.token_hash FROM users LEFT JOIN sessions ON sessions.user_id = users.id;
-- | email                    | token_hash |
-- |--------------------------|------------|
-- | ada@example.com          | t1         |
-- | grace.hopper@example.com | NULL       |
