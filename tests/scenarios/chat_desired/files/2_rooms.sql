CREATE TABLE chat_rooms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    canvas_id bigint NOT NULL UNIQUE REFERENCES canvases (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE chat_participants (
    room_id bigint NOT NULL REFERENCES chat_rooms (id) ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'member')),
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (room_id, user_id)
);

CREATE INDEX chat_participants_user ON chat_participants (user_id);
