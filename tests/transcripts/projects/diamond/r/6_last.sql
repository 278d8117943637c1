-- revision: eeee6666
-- down_revision: dddd5555
-- message: Bills of rooms
-- created: 2025-03-01T12:00:00Z

-- @upgrade
ALTER TABLE bills ADD COLUMN room integer;

-- @downgrade
ALTER TABLE bills DROP COLUMN room;
