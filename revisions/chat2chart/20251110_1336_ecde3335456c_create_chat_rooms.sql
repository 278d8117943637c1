-- revision: ecde3335456c
-- down_revision: fd944e621d39
-- message: Create chat rooms
-- created: 2025-11-10T13:36:02Z
-- branch_labels: [chat]

-- @upgrade
CREATE TABLE chat_rooms (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    canvas_id VARCHAR(36) NOT NULL,
    name VARCHAR(200) NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT chat_rooms_canvas FOREIGN KEY (canvas_id) REFERENCES canvases (id) ON DELETE CASCADE
);

CREATE INDEX chat_rooms_canvas_id ON chat_rooms (canvas_id);

-- @downgrade
DROP TABLE chat_rooms;
