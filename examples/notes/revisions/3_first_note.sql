-- revision: c3e7d2159f68
-- down_revision: 7a90be41cd56
-- message: A first note
-- created: 2026-11-21T09:20:00Z

-- @upgrade
INSERT INTO notes (id, body, written_at) VALUES (1, 'Hello', '2026-11-21T09:20:00Z');

-- @downgrade
DELETE FROM notes WHERE id = 1;

-- @verify
SELECT id FROM notes WHERE body = '';
