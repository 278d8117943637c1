-- revision: 118cab520024
-- down_revision: 1fe2314e965e
-- message: Create presence
-- created: 2026-01-08T11:44:29Z

-- @upgrade
CREATE TABLE presence (
    room_id VARCHAR(36) NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    status VARCHAR(20) NOT NULL DEFAULT 'online',
    last_seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (room_id, user_id),
    CONSTRAINT presence_participant FOREIGN KEY (room_id, user_id)
        REFERENCES participants (room_id, user_id) ON DELETE CASCADE
);

-- @downgrade
DROP TABLE presence;
