-- revision: 20260309_141500
-- down_revision: 20260302_090000
-- message: Thumbs up or down for an answer
-- created: 2026-03-09T14:15:00Z

-- @upgrade
CREATE TABLE bot.feedback (
    message_id bigint PRIMARY KEY REFERENCES bot.messages (id) ON DELETE CASCADE,
    is_good boolean NOT NULL,
    remark text
);

-- @downgrade
DROP TABLE bot.feedback;
