-- revision: aaaa1111
-- message: Notes

-- @upgrade
-- @include ../sql/notes.sql

-- @downgrade
DROP TABLE notes;
