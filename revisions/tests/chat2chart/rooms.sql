-- @case every active canvas gets a room, and keeps the one it has
-- @at 625f591409f4
INSERT INTO canvases (id, owner_id, title) VALUES ('c1', 'u1', 'Sales'), ('c2', 'u1', 'Costs');
INSERT INTO canvases (id, owner_id, title, archived_at) VALUES ('c3', 'u2', 'Old', '2025-01-01 00:00:00');
INSERT INTO chat_rooms (id, canvas_id, name) VALUES ('r1', 'c1', 'Sales talk');

-- @upgrade 1fe2314e965e
-- @expect
SELECT canvas_id, name FROM chat_rooms;
-- | canvas_id | name       |
-- |-----------|------------|
-- | c1        | Sales talk |
-- | c2        | Costs      |
-- | demo      | Demo       |

-- @downgrade 625f591409f4
-- The rooms stay.
-- @expect
SELECT id FROM canvases WHERE id IN ('c1', 'c2') AND id NOT IN (SELECT canvas_id FROM chat_rooms);

-- @case messages outlive the presence of their authors
-- @at head
INSERT INTO presence (room_id, user_id) VALUES ('demo-room', 'u0');
-- @downgrade 625f591409f4
-- @upgrade head
-- @expect
SELECT id, body FROM messages;
-- | id     | body         |
-- |--------|--------------|
-- | demo-1 | Good morning |
-- @expect
SELECT user_id FROM presence;
