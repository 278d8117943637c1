-- revision: e4dfd8156b02
-- down_revision: 506c377ff39d
-- message: Create sessions
-- created: 2025-10-08T15:40:05Z

-- @upgrade
CREATE TABLE sessions (
    token_hash VARCHAR(64) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    revoked_at TIMESTAMP NULL,
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX sessions_user_id ON sessions (user_id);

-- @downgrade
DROP TABLE sessions;
