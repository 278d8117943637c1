-- revision: c4a700000004
-- down_revision: c4a700000003
-- message: A room for every active canvas

-- @upgrade
INSERT INTO chat_rooms (canvas_id, name)
SELECT id, coalesce(nullif(trim(title), ''), 'Canvas ' || id) FROM canvases WHERE archived_at IS NULL
ON CONFLICT (canvas_id) DO NOTHING;

-- The owner, and whoever has made a tile.
INSERT INTO chat_participants (room_id, user_id, role)
SELECT chat_rooms.id, canvases.owner_id, 'owner' FROM chat_rooms JOIN canvases ON canvases.id = chat_rooms.canvas_id
ON CONFLICT (room_id, user_id) DO NOTHING;

INSERT INTO chat_participants (room_id, user_id)
SELECT DISTINCT chat_rooms.id, tiles.made_by FROM chat_rooms JOIN tiles ON tiles.canvas_id = chat_rooms.canvas_id
ON CONFLICT (room_id, user_id) DO NOTHING;

-- @downgrade
-- Nothing: rooms that people have written in are not thrown away by one step back; they go with their table.

-- @verify
SELECT canvases.id, canvases.title FROM canvases LEFT JOIN chat_rooms ON chat_rooms.canvas_id = canvases.id
WHERE (canvases.archived_at IS NULL) <> (chat_rooms.id IS NOT NULL);

SELECT chat_rooms.id AS room_without_owner FROM chat_rooms
WHERE NOT EXISTS (SELECT FROM chat_participants WHERE room_id = chat_rooms.id AND role = 'owner');
