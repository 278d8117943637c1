-- revision: 20260302_090000
-- down_revision: null
-- message: Conversations and messages
-- created: 2026-03-02T09:00:00Z

-- @upgrade
CREATE TABLE bot.conversations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    visitor text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bot.messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL REFERENCES bot.conversations (id) ON DELETE CASCADE,
    sent_by text NOT NULL CHECK (sent_by IN ('visitor', 'bot')),
    body text NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX messages_conversation ON bot.messages (conversation_id, sent_at);

-- @downgrade
DROP TABLE bot.messages;

DROP TABLE bot.conversations;
