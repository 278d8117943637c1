-- revision: c4a700000003
-- down_revision: c4a700000002
-- message: Messages, reactions and read marks

-- @upgrade
CREATE TABLE chat_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_id bigint NOT NULL REFERENCES chat_rooms (id) ON DELETE CASCADE,
    author_id bigint REFERENCES users (id) ON DELETE SET NULL,
    tile_id bigint REFERENCES tiles (id) ON DELETE SET NULL,
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE chat_reactions (
    message_id bigint NOT NULL REFERENCES chat_messages (id) ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    emoji text NOT NULL,
    PRIMARY KEY (message_id, user_id, emoji)
);

CREATE TABLE chat_read_marks (
    room_id bigint NOT NULL REFERENCES chat_rooms (id) ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id bigint NOT NULL REFERENCES chat_messages (id) ON DELETE CASCADE,
    PRIMARY KEY (room_id, user_id)
);

-- @downgrade
DROP TABLE chat_read_marks;

DROP TABLE chat_reactions;

DROP TABLE chat_messages;

-- @verify
-- Whoever may write in a room must be able to: a table without its foreign keys would let anything in.
SELECT expected.name AS table_without_foreign_keys, expected.keys AS expected, count(found.conname) AS found
FROM (VALUES ('chat_messages', 3), ('chat_reactions', 2), ('chat_read_marks', 3)) AS expected (name, keys)
LEFT JOIN pg_constraint AS found ON found.contype = 'f' AND found.convalidated AND found.conrelid = to_regclass(expected.name)
GROUP BY expected.name, expected.keys HAVING count(found.conname) <> expected.keys;
