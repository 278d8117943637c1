-- revision: 47769880c9b2
-- down_revision: e6dbdc946db0
-- message: Create messages
-- created: 2025-11-18T17:29:55Z
-- template: true

-- @upgrade
-- Several messages arrive in one second, so the time has a fraction; and people write emoji.
CREATE TABLE messages (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    room_id VARCHAR(36) NOT NULL,
    author_id VARCHAR(36) NOT NULL,
{%- if dialect == "postgresql" %}
    body TEXT NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    edited_at TIMESTAMPTZ,
{%- elif dialect == "mysql" %}
    body TEXT CHARACTER SET utf8mb4 NOT NULL,
    sent_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    edited_at TIMESTAMP(6) NULL,
{%- else %}
    body TEXT NOT NULL,
    sent_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    edited_at TEXT,
{%- endif %}
    CONSTRAINT messages_room FOREIGN KEY (room_id) REFERENCES chat_rooms (id) ON DELETE CASCADE
);

CREATE INDEX messages_timeline ON messages (room_id, sent_at);

-- @downgrade
DROP TABLE messages;
