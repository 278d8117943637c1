-- A canvas that is being talked about: rows that every case has, from the revision on that creates messages.
-- @fixture 47769880c9b2
INSERT INTO canvases (id, owner_id, title) VALUES ('demo', 'u0', 'Demo');
INSERT INTO chat_rooms (id, canvas_id, name) VALUES ('demo-room', 'demo', 'Demo');
INSERT INTO participants (room_id, user_id, display_name) VALUES ('demo-room', 'u0', 'Ada');
INSERT INTO messages (id, room_id, author_id, body) VALUES ('demo-1', 'demo-room', 'u0', 'Good morning');
