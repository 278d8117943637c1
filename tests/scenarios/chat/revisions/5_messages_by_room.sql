-- revision: c4a700000005
-- down_revision: c4a700000004
-- message: Find a room's last messages quickly
-- transaction: false

-- @upgrade
CREATE INDEX CONCURRENTLY chat_messages_room_time ON chat_messages (room_id, created_at DESC);

-- @downgrade
DROP INDEX CONCURRENTLY chat_messages_room_time;
