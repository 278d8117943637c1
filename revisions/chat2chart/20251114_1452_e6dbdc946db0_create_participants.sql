-- revision: e6dbdc946db0
-- down_revision: ecde3335456c
-- message: Create participants
-- created: 2025-11-14T14:52:26Z
-- depends_on: [auth:07eebbaae005]

-- @upgrade
-- display_name is copied from users on joining, so that a room can be shown without asking the service auth.
CREATE TABLE participants (
    room_id VARCHAR(36) NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    display_name VARCHAR(254) NOT NULL,
    joined_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (room_id, user_id),
    CONSTRAINT participants_room FOREIGN KEY (room_id) REFERENCES chat_rooms (id) ON DELETE CASCADE
);

CREATE INDEX participants_user ON participants (user_id);

-- @downgrade
DROP TABLE participants;
