-- revision: dddd5555
-- down_revision: [bbbb3333, cccc2222]
-- message: Join billing and chat
-- created: 2025-03-01T12:00:00Z

-- @upgrade


-- @downgrade

