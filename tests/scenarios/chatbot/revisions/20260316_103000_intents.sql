-- revision: 20260316_103000
-- down_revision: 20260309_141500
-- message: What a message is about
-- created: 2026-03-16T10:30:00Z

-- @upgrade
ALTER TABLE bot.messages ADD COLUMN intent text;

UPDATE bot.messages SET intent = 'greeting' WHERE sent_by = 'visitor' AND body ~* '^(hello|hi|good (morning|day))\M';

-- @downgrade
ALTER TABLE bot.messages DROP COLUMN intent;

-- @verify
SELECT id, body FROM bot.messages WHERE intent IS NOT NULL AND sent_by = 'bot';
