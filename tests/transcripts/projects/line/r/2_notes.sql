-- revision: bbbb2222
-- down_revision: aaaa1111
-- message: Create notes
-- created: 2025-03-01T12:00:00Z

-- @upgrade
CREATE TABLE notes (id integer PRIMARY KEY, body varchar(1000));
CREATE INDEX notes_by_body ON notes (body);

-- @downgrade
DROP TABLE notes;
