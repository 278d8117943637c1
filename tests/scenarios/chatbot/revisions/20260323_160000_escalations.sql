-- revision: 20260323_160000
-- down_revision: 20260316_103000
-- message: Conversations that a person took over
-- created: 2026-03-23T16:00:00Z

-- @upgrade
CREATE TABLE bot.escalations (
    conversation_id bigint PRIMARY KEY REFERENCES bot.conversations (id) ON DELETE CASCADE,
    agent text NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);

INSERT INTO bot.escalations (conversation_id, agent)
SELECT DISTINCT messages.conversation_id, 'unknown' FROM bot.messages JOIN bot.feedback ON feedback.message_id = messages.id
WHERE NOT feedback.is_good;

-- @downgrade
DROP TABLE bot.escalations;
