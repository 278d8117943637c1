-- What people do on the first day.
INSERT INTO chat_messages (room_id, author_id, tile_id, body)
SELECT chat_rooms.id, 2, 1, 'When is Q1 over?' FROM chat_rooms WHERE canvas_id = 1
UNION ALL SELECT chat_rooms.id, 1, NULL, 'In March.' FROM chat_rooms WHERE canvas_id = 1
UNION ALL SELECT chat_rooms.id, 4, NULL, 'Hello' FROM chat_rooms WHERE canvas_id = 4;
INSERT INTO chat_reactions SELECT id, 2, '👍' FROM chat_messages WHERE body = 'In March.';
INSERT INTO chat_read_marks SELECT room_id, 1, max(id) FROM chat_messages GROUP BY room_id;
