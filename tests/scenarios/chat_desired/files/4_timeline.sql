CREATE INDEX chat_messages_room_time ON chat_messages (room_id, created_at DESC);
